"""How the sandbox's page renders Slack's mrkdwn and Markdown, and what it makes of what people type."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from bot.sandbox import Sandbox, Workspace
from tests.sandbox.browsing import needs_chromium, open_browser

RENDER = """async ([module, name, text]) => {
  const { Workspace } = await import("/workspace.js");
  const workspace = new Workspace();
  workspace.load(await (await fetch("/sandbox/state")).json());
  const render = (await import(`/${module}.js`))[name];
  const box = document.createElement("div");
  const made = render(text, name === "toWire" || name === "fromWire" ? workspace : { workspace, ui: { me: "U0BEN" } });
  if (typeof made === "string") return made;
  box.append(...made);
  for (const each of box.querySelectorAll("*"))
    for (const attribute of [...each.attributes]) if (attribute.name !== "href") each.removeAttribute(attribute.name);
  return box.innerHTML;
}"""

MRKDWN = [
    ("*b* _i_ ~s~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
    ("snake_case_name 2*3*4 a~b~c", "<p>snake_case_name 2*3*4 a~b~c</p>"),
    ("*bold `*code*` on*", "<p>*bold <code>*code*</code> on*</p>"),
    ("a &lt;b&gt; &amp;amp; c", "<p>a &lt;b&gt; &amp;amp; c</p>"),
    ("```x = 1 &lt; 2\n*no*```", "<pre><code>x = 1 &lt; 2\n*no*</code></pre>"),
    ("&gt; quoted\nplain", "<blockquote><p>quoted</p></blockquote><p>plain</p>"),
    ("• one\n• two", "<ul><li>one</li><li>two</li></ul>"),
    ("<https://a.example/?x=1&amp;y=2|label>", '<p><a href="https://a.example/?x=1&amp;y=2">label</a></p>'),
    ("see https://a.example/x.", '<p>see <span><a href="https://a.example/x">https://a.example/x</a>.</span></p>'),
    ("<javascript:alert(1)|x>", "<p>&lt;javascript:alert(1)|x&gt;</p>"),
    ("<@U0ANA> <!subteam^S0ONCALL> <!here>", "<p><span>@Ana Ruiz</span> <span>@oncall</span> <span>@here</span></p>"),
    (":white_check_mark: :no_such_name:", "<p><span>✅</span> :no_such_name:</p>"),
    ("unclosed ``` and * and _ and <", "<p>unclosed ``` and * and _ and &lt;</p>"),
]
MARKDOWN = [
    ("a&#40;b&#41; &#42;c&#42; `&#40;`", "<p>a(b) *c* <code>&amp;#40;</code></p>"),
    ("&#60;b&#62;x", "<p>&lt;b&gt;x</p>"),
    ("# Title\ntext **b** *i*", "<p>Title</p><p>text <strong>b</strong> <em>i</em></p>"),
    ("[l](https://a.example)", '<p><a href="https://a.example">l</a></p>'),
    ("[l](javascript:alert(1))", "<p>[l](javascript:alert(1))</p>"),
    ("```sh\necho **no**\n```", "<pre><code>echo **no**</code></pre>"),
]
TYPED = [
    ("a < b & c", "a &lt; b &amp; c"),
    ("@Ana Ruiz and @ana, not mail@ana.example", "<@U0ANA> and <@U0ANA>, not mail@ana.example"),
    ("@oncall @here in #help", "<!subteam^S0ONCALL> <!here> in <#C0HELP>"),
    ("`@ana <x>` https://a.example/x?y=1.", "`@ana &lt;x&gt;` <https://a.example/x?y=1>."),
]

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with Sandbox(Workspace.small()) as box, open_browser() as browser:
        page = browser.new_page()
        page.goto(box.url)
        yield page


@pytest.mark.parametrize(("text", "expected"), MRKDWN)
def test_mrkdwn(page: Page, text: str, expected: str) -> None:
    assert page.evaluate(RENDER, ["mrkdwn", "mrkdwn", text]) == expected


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown(page: Page, text: str, expected: str) -> None:
    assert page.evaluate(RENDER, ["markdown", "markdown", text]) == expected


@pytest.mark.parametrize(("text", "expected"), TYPED)
def test_typed_text_becomes_slack_text(page: Page, text: str, expected: str) -> None:
    assert page.evaluate(RENDER, ["source", "toWire", text]) == expected


def test_an_edited_text_reads_as_it_was_typed(page: Page) -> None:
    text = "@Ana Ruiz in #help: a < b, https://a.example/"
    wire = page.evaluate(RENDER, ["source", "toWire", text])
    assert page.evaluate(RENDER, ["source", "fromWire", wire]) == text


@pytest.mark.parametrize("piece", ["*", "_a ", "`", "<", "**a", "[a](", ":a", "https://", "&gt; "])
def test_long_monotonous_text_is_rendered(page: Page, piece: str) -> None:
    for module in ("mrkdwn", "markdown"):
        assert page.evaluate(RENDER, [module, module, (piece * 12_000)[:12_000]])
