"""What Vigil writes in follow-ups where a language model named what is awaited, in English and Chinese, by key."""

from __future__ import annotations

FOLLOW_ENGLISH: dict[str, str] = {
    "follow_waiting_on_asker_read": "about “{topic}”: you were asked for this {age}, and it is still open: “{what}”. If that is "
    "settled, a check mark on the thread closes it.",
    "follow_waiting_on_helper_read": "about “{topic}”: the asker wrote {age} and is waiting for this: “{what}”.",
    "follow_promised_read": "about “{topic}”: you said {age} that you would see to this: “{what}”. Is there any news?",
    "follow_reopened_read": "“{topic}” is back ({age}), and nobody has picked this up yet: “{what}”. Could somebody take a look?",
    "follow_unread": "the model gave no answer ({why}): the usual words",
    "follow_unfounded": "what the model wrote is not carried by the thread: the usual words",
}
FOLLOW_CHINESE: dict[str, str] = {
    "follow_waiting_on_asker_read": "关于“{topic}”：{age}向您询问的内容还没有结果：“{what}”。如果已经解决，在话题上打勾即可关闭。",
    "follow_waiting_on_helper_read": "关于“{topic}”：提问者{age}发言，还在等待：“{what}”。",
    "follow_promised_read": "关于“{topic}”：您{age}说过会处理：“{what}”。有新进展吗？",
    "follow_reopened_read": "“{topic}”的问题再次出现（{age}），还没有人处理：“{what}”，哪位可以看一下？",
    "follow_unread": "模型没有回答（{why}），改用通常的措辞",
    "follow_unfounded": "模型写的内容在话题中没有依据，改用通常的措辞",
}
