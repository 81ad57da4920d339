"""Marks of reStructuredText come out as Markdown, and any other text comes back as it is."""

from __future__ import annotations

import pytest

from knowledge.rest import as_markdown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (".. _the-anchor:", ""),
        ("Grow it.\n\n.. _next:\n", "Grow it."),
        ("See :ref:`the quota page <quota>` and :doc:`/admin/pool`.", "See the quota page and /admin/pool."),
        (":ref:`quota`: set ``pool_size`` in `the guide <https://docs.example/g>`_", "quota: set `pool_size` in [the guide](https://docs.example/g)"),
        (".. note:: Only owners may.", "Note: Only owners may."),
        ("#. one\n#. two\n", "1. one\n2. two"),
        (".. image:: a.png\n   :width: 40\n\nText.", "Text."),
    ],
)  # fmt: skip
def test_marks_are_put_as_markdown(text: str, plain: str) -> None:
    assert as_markdown(text).strip() == plain


@pytest.mark.parametrize(
    "text",
    [
        "Run::\n\n    nw a\n\n    nw b\n\nDone.",
        "Run:\n\n.. code-block:: bash\n   :linenos:\n\n    nw a\n\n    nw b\n\nDone.",
    ],
)
def test_code_is_fenced_whole(text: str) -> None:
    lines = [line for line in as_markdown(text).split("\n") if line]
    assert lines == ["Run:", "```", "nw a", "nw b", "```", "Done."]


def test_code_in_a_list_ends_with_its_own_lines() -> None:
    text = "- Add a line::\n\n      host all\n\n  where `all` is everybody.\n"
    assert as_markdown(text).endswith("```\n\n\n  where `all` is everybody.") or "```\n" in as_markdown(text)
    assert as_markdown(text).index("where") > as_markdown(text).rindex("```")


@pytest.mark.parametrize(
    "text", ["Plain: text.", "# Title\n\n- one\n- `two`", "a :smile: b", "std::vector is used", "a::b " * 9000]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert as_markdown(text) == text
