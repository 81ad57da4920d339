"""What Vigil writes about how it does itself, in English and Chinese, by key."""

from __future__ import annotations

WATCH_ENGLISH: dict[str, str] = {
    "ops_unwell": "Something is wrong with me: {why}.",
    "ops_again": "I am well again, after {seconds} s. What was said meanwhile is being caught up with.",
    "ops_quiet": "I am trying to mend it myself and say here when all is well. Details: /healthz and the log.",
    "ops_spent": "The language model has used up its budget of the day in all channels ({amount}). Until midnight (UTC) I go "
    "on without it, with what I can quote.",
    "ops_spent_there": "The language model has used up its budget of the day in {place} ({amount}). Until midnight (UTC) I go on "
    "without it there, with what I can quote; other channels are not affected.",
    "ops_spent_quiet": "Set by `{name}` in the section `llm` of the configuration; `vigil stats` shows what it was used for.",
    "ops_tokens": "{count} tokens",
    "stat_llm_calls": "calls to the language model",
    "stat_llm_tokens": "tokens it read and wrote",
    "watch_title": "Something has changed in how I do here",
    "watch_line": "{name}: {now} in the last 7 days ({count} cases), {before} in the weeks before",
    "watch_model": "Likely cause: a changed model. {models}. Where the embedding model changed, replay a recorded channel: "
    "its evidence is measured differently.",
    "watch_model_triage": "triage went from `{old}` to `{new}`",
    "watch_model_embedding": "embedding went from `{old}` to `{new}`",
    "watch_topic": "Likely cause: a new topic. {count} questions lie far from everything I know. Words that several people "
    "use in them and hardly anybody elsewhere: {words}. A document or an approved case on it would help.",
    "watch_topic_many": "Likely cause: new topics. {count} questions lie far from everything I know, with no words in common.",
    "watch_document": "Likely cause: a source that no longer helps. {name} was shown {shown} times in 7 days; {people} people "
    "said that it did not help. It is from {age}. Please update it, or retire it.",
    "watch_entry": "entry {id}",
    "watch_unknown": "I see no single cause: neither a new topic, nor a source that people reject, nor a changed model.",
    "watch_quiet": "Counted from decisions and ratings in the channels that report here; at most once a week for each cause. "
    "`vigil stats` shows all of it.",
    "watch_spoke": "suggestions among messages read",
    "watch_helpful_shown": "found helpful, of suggestions shown",
    "watch_helpful_rated": "helpful, of ratings",
    "watch_calibration": "helpful beyond what was promised",
    "watch_tier_case": "suggestions from approved cases",
    "watch_tier_section": "suggestions from documents",
    "watch_tier_precedent": "suggestions from earlier threads",
    "watch_search": "search, median in ms",
    "watch_search_slow": "search, 95th percentile in ms",
    "watch_nearest": "cosine of questions to what was known",
    "watch_far": "questions far from all that was known",
    "watch_age": "age of what was cited, median in days",
}

WATCH_CHINESE: dict[str, str] = {
    "ops_unwell": "我自身出现故障：{why}。",
    "ops_again": "经过 {seconds} 秒，我已恢复正常，正在补读期间的消息。",
    "ops_quiet": "我正在尝试自行恢复，恢复后会在此说明。详情见 /healthz 和日志。",
    "ops_spent": "语言模型今天在所有频道的预算（{amount}）已用完。在 UTC 午夜之前，我不再使用它，只引用已有的来源。",
    "ops_spent_there": "语言模型今天在 {place} 的预算（{amount}）已用完。在 UTC 午夜之前，我在那里不再使用它，"
    "只引用已有的来源；其他频道不受影响。",
    "ops_spent_quiet": "由配置中 `llm` 一节的 `{name}` 设定；`vigil stats` 可查看用途。",
    "ops_tokens": "{count} 个 token",
    "stat_llm_calls": "语言模型调用次数",
    "stat_llm_tokens": "语言模型读写的 token 数",
    "watch_title": "我在这里的表现有变化",
    "watch_line": "{name}：最近 7 天 {now}（{count} 例），之前几周 {before}",
    "watch_model": "可能的原因：模型已更换。{models}。如果更换了向量模型，请重放一个已录制的频道，因为依据的度量方式不同了。",
    "watch_model_triage": "分诊由 `{old}` 变为 `{new}`",
    "watch_model_embedding": "向量模型由 `{old}` 变为 `{new}`",
    "watch_topic": "可能的原因：新话题。有 {count} 个问题与我所知的一切相距甚远。其中多人使用、别处少见的词：{words}。"
    "补充一份文档或一个已批准的案例会有帮助。",
    "watch_topic_many": "可能的原因：多个新话题。有 {count} 个问题与我所知的一切相距甚远，且没有共同的词。",
    "watch_document": "可能的原因：某个来源不再有用。{name} 在 7 天内显示了 {shown} 次，{people} 人表示没有帮助。"
    "它的日期是 {age}。请更新或停用它。",
    "watch_entry": "条目 {id}",
    "watch_unknown": "看不出单一的原因：没有新话题，没有被否定的来源，模型也没有更换。",
    "watch_quiet": "根据在此汇报的频道中的决定和评价统计；同一原因每周最多一次。用 `vigil stats` 查看全部。",
    "watch_spoke": "已读消息中给出建议的比例",
    "watch_helpful_shown": "所示建议中有帮助的比例",
    "watch_helpful_rated": "评价中有帮助的比例",
    "watch_calibration": "实际有帮助超出预期的程度",
    "watch_tier_case": "来自已批准案例的建议",
    "watch_tier_section": "来自文档的建议",
    "watch_tier_precedent": "来自以往话题的建议",
    "watch_search": "搜索用时中位数（毫秒）",
    "watch_search_slow": "搜索用时第 95 百分位（毫秒）",
    "watch_nearest": "问题与已知内容的余弦",
    "watch_far": "与已知内容相距甚远的问题",
    "watch_age": "所引内容的年龄中位数（天）",
}
