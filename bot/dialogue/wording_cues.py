"""What triage counted, in Chinese: the names of its values are English, and Why? shows them."""

from __future__ import annotations

CUES_CHINESE: dict[str, str] = {
    "opens a thread": "新开话题", "the thread's asker speaks": "提问者发言", "a known helper speaks": "支持人员发言",
    "a known helper speaks in another's thread": "支持人员在别人的话题中发言", "joins another's thread": "加入别人的话题",
    "first words of this person here": "此人在此第一次发言", "speaker's share of the talk": "发言者所占的比例",
    "many messages so far": "消息已经很多", "many people here": "参与的人很多", "only these two talk": "只有两人在交谈",
    "speaker also spoke just before": "上一条也是此人所发", "silence before": "之前一段时间没人说话",
    "minutes-old exchange with the other": "几分钟前与对方有过交流", "speaker wrote minutes ago": "此人几分钟前发过言",
    "speaker goes on at once": "此人接着往下说", "sounds like a request": "语气像求助", "speaker was asking": "此人之前在提问",
    "speaker's last message asked": "此人上一条在提问", "the other was asking": "对方之前在提问",
    "the other's last message asked": "对方上一条在提问", "asks in own open matter": "就自己未解决的问题提问",
    "asks while the other was asking": "在对方提问时提问", "names the other": "提到对方", "names somebody who was asking": "提到正在提问的人",
    "was named by the other": "被对方提到", "was named while asking": "提问时被提到", "names somebody": "提到了某人",
    "speaks to the room": "对大家说话", "asks the whole room": "向大家提问", "goes on to the room about own matter": "继续向大家说自己的问题",
    "the thread began with a question": "话题以提问开始", "asker's thread began with a question": "提问者的话题以提问开始",
    "asker sounds asking": "提问者像在提问", "not the asker, sounds asking": "不是提问者，但像在提问",
    "helper sounds asking": "支持人员像在提问", "speaker advised before": "此人之前给过建议", "speaker explained before": "此人之前作过解释",
    "speaker thanked or solved it before": "此人之前已道谢或已解决", "the other advised": "对方给过建议",
    "the other asked for details": "对方询问过细节", "the other thanked": "对方已道谢", "trouble after advice": "听取建议后仍有问题",
    "trouble in own matter": "自己的问题仍有故障", "question to the other person": "向对方提问", "question in own matter": "就自己的问题提问",
    "a question to the room": "向大家的提问", "unanswered": "无人回应", "sounds like the one in need": "语气像需要帮助的人",
    "speaker sounded like the one in need": "此人之前像需要帮助的人", "speaker's last message sounded in need": "此人上一条像需要帮助",
    "speaker mostly sounded in need": "此人多半像需要帮助的人", "the other sounded like the one in need": "对方像需要帮助的人",
    "the other's last message sounded in need": "对方上一条像需要帮助", "sounds in need as before": "仍像需要帮助",
    "sounds in need and the other does not": "像需要帮助而对方不像", "sounds in need in a thread": "在话题中像需要帮助",
    "sounds in need after asking": "提问后像需要帮助", "asker sounds in need": "提问者像需要帮助",
    "much is added to own question": "为自己的问题补充了很多", "much is said in own question": "自己的问题说了很多",
    "much is said by the one in need": "需要帮助的人说了很多", "much is said in a voice of need": "以求助的语气说了很多",
    "much is said after being asked for details": "被问到细节后说了很多", "much is said after advice": "听取建议后说了很多",
    "much is said by the thread's asker": "提问者说了很多", "like the speaker's last message": "与此人上一条相似",
    "like one of the speaker's last messages": "与此人最近某条相似", "like the other's last message": "与对方上一条相似",
    "like the thread's beginning": "与话题开头相似", "has a question mark": "有问号", "ends with a question": "以提问结尾",
    "several sentences": "有好几句话", "code or log block": "有代码或日志块", "inline code": "有行内代码",
    "error trace or log line": "有报错堆栈或日志行", "names a version": "提到版本", "names a command or path": "提到命令或路径",
    "error code or constant": "有错误码", "has a link": "有链接", "only a link": "只有链接", "quotes somebody": "引用了别人",
    "smiley or emoji": "有表情", "nothing but an emoji or a sign": "只有表情或符号", "very short": "很短", "length": "长度",
    "addresses everybody": "@所有人", "exclamation": "有感叹号", "has a file": "有附件", "how many words": "字数",
    "how long, code and all": "总长度", "how many questions": "问句数量", "asks how, why or where": "问怎么、为什么或在哪里",
    "asks whether something can be": "问是否可以", "asks the room": "问有没有人知道", "asks for help": "请求帮助",
    "tells of own trouble": "说自己遇到了问题", "reports a failure": "报告故障", "says it does not work": "说不起作用", "says still": "说“还是”",
    "has tried": "已经试过", "says what is wanted": "说想要什么", "describes own set-up": "描述自己的环境", "thanks": "道谢",
    "says it is solved": "说已解决", "greets": "问候", "agrees or acknowledges": "同意或收到", "laughs or jokes": "说笑或闲聊",
    "advises": "给建议", "explains": "作解释", "asks the other for details": "向对方询问细节", "speaks to you": "对“你”说话",
    "speaks of I": "说“我”", "plans or promises": "打算或答应做某事", "announces": "发布通知", "says sorry or cannot help": "抱歉或帮不上",
    "urgent": "紧急", "is a bare nudge": "只是催促", "speaks of the other's or third things": "说到别人或别的事", "adds on": "补充说明",
    "the speaker's last message needed help": "此人上一条需要帮助", "the other's last message needed help": "对方上一条需要帮助",
    "the message's wording": "消息的措辞", "Vigil's own post": "Vigil 自己的消息", "a bot speaks": "机器人发言",
    "the message was deleted": "消息已删除", "a line of the platform's own": "平台自己的提示", "the message has no text": "消息没有文字",
    "an alert that has recovered": "告警已恢复", "an alert is firing": "告警触发",
    "an alert bot speaks, but nothing says that it fires": "告警机器人发言，但看不出在告警",
}  # fmt: skip


def cue(language: str, name: str) -> str:
    """The name of a value that triage counted, in the language; as it is where there is no other."""
    return CUES_CHINESE.get(name, name) if language.startswith("zh") else name
