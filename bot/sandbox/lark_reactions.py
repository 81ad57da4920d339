"""The calls of im/v1/messages/:message_id/reactions: emojis that the app adds, takes back and reads."""

from bot.sandbox import lark_posting
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Ask, Denied, Message, invalid_field
from bot.sandbox.lark_views import reaction_view
from bot.sandbox.models import Json

MAX_PAGE, MAX_QUERIES = 50, 20
# The keys that Lark documents; a key of another platform's is refused.
EMOJIS = (
    "OK THUMBSUP THANKS MUSCLE FINGERHEART APPLAUSE FISTBUMP JIAYI DONE SMILE BLUSH LAUGH SMIRK LOL FACEPALM LOVE "
    "WINK PROUD WITTY SMART SCOWL THINKING SOB CRY ERROR NOSEPICK HAUGHTY SLAP SPITBLOOD TOASTED GLANCE DULL "
    "INNOCENTSMILE JOYFUL WOW TRICK YEAH ENOUGH TEARS EMBARRASSED KISS SMOOCH DROOL OBSESSED MONEY TEASE SHOWOFF "
    "COMFORT CLAP PRAISE STRIVE XBLUSH SILENT WAVE WHAT FROWN SHY DIZZY LOOKDOWN CHUCKLE WAIL CRAZY WHIMPER HUG "
    "BLUBBER WRONGED HUSKY SHHH SMUG ANGRY HAMMER SHOCKED TERROR PETRIFIED SKULL SWEAT SPEECHLESS SLEEP DROWSY "
    "YAWN SICK PUKE BETRAYED HEADSET EatingFood MeMeMe Sigh Typing Lemon Get LGTM OnIt OneSecond VRHeadset "
    "YouAreTheBest SALUTE SHAKE HIGHFIVE UPPERLEFT ThumbsDown SLIGHT TONGUE EYESCLOSED RoarForYou CALF BEAR BULL "
    "RAINBOWPUKE ROSE HEART PARTY LIPS BEER CAKE GIFT CUCUMBER Drumstick Pepper CANDIEDHAWS BubbleTea Coffee Yes "
    "No OKR CheckMark CrossMark MinusOne Hundred AWESOMEN Pin Alarm Loudspeaker Trophy Fire BOMB Music XmasTree "
    "Snowman XmasHat FIREWORKS REDPACKET FORTUNE LUCK FIRECRACKER StickyRiceBalls HEARTBROKEN POOP "
    "StatusFlashOfInspiration 18X CLEAVER Soccer Basketball GeneralDoNotDisturb GeneralInMeetingBusy StatusReading "
    "StatusInFlight GeneralBusinessTrip GeneralWorkFromHome StatusEnjoyLife GeneralTravellingCar StatusBus "
    "GeneralSun GeneralMoonRest MoonRabbit Mooncake JubilantRabbit TV Movie Pumpkin BeamingFace Delighted "
    "ColdSweat FullMoonFace Partying GoGoGo ThanksFace SaluteFace Shrug ClownFace HappyDragon"
)


def known_emoji(name: object) -> bool:
    return name in EMOJIS.split()


def target(core: LarkCore, ask: Ask) -> Message:
    message = core.workspace.messages.get(ask.path["message_id"])
    if message is None or message.deleted or message.visible_to:
        raise Denied(231003)
    if not core.workspace.sees(core.workspace.chats[message.chat_id]):
        raise Denied(231008 if "reaction_id" not in ask.path else 231002)
    return message


def create(core: LarkCore, ask: Ask) -> Json:
    kind = ask.body.get("reaction_type")
    emoji = kind.get("emoji_type") if isinstance(kind, dict) else None
    if not isinstance(emoji, str) or not known_emoji(emoji):
        raise Denied(231001)
    reaction = lark_posting.react(core, target(core, ask), emoji, core.workspace.app)
    return reaction_view(core.workspace, reaction)


def listed(core: LarkCore, ask: Ask) -> Json:
    emoji = ask.asked("reaction_type")
    if emoji and not known_emoji(emoji):
        raise Denied(231001)
    found = [reaction for reaction in target(core, ask).reactions if emoji in ("", reaction.emoji)]
    page, more = ask.page(found, high=MAX_PAGE)
    id_type = ask.asked("user_id_type", "open_id")
    return more | {"items": [reaction_view(core.workspace, reaction, id_type) for reaction in page]}


def batch(core: LarkCore, ask: Ask) -> Json:
    """The reactions of several messages at once; those of which none can be told are named."""
    queries, size = ask.body.get("queries"), ask.body.get("page_size_per_message", 20)
    if not isinstance(queries, list) or not 1 <= len(queries) <= MAX_QUERIES:
        raise invalid_field("queries", f"the length must be between 1 and {MAX_QUERIES}")
    told: list[Json] = []
    failed: list[Json] = []
    for query in queries:
        message = core.workspace.messages.get(str(query.get("message_id")))
        if message is None or message.deleted or not core.workspace.sees(core.workspace.chats[message.chat_id]):
            failed.append({"message_id": query.get("message_id"), "fail_reason": "message not found"})
            continue
        items = [reaction_view(core.workspace, reaction) for reaction in message.reactions[:size]]
        flat = [{**item, "emoji_type": item.pop("reaction_type")["emoji_type"]} for item in items]
        more = len(message.reactions) > size
        told.append({"message_id": message.id, "has_more": more, "message_reaction_items": flat})
    return {"success_msg_reaction_details": told, "fail_msg_reaction_details": failed}


def delete(core: LarkCore, ask: Ask) -> Json:
    message, name = target(core, ask), ask.path["reaction_id"]
    reaction = next((r for r in message.reactions if r.id == name), None)
    if reaction is None:
        known = any(r.id == name for m in core.workspace.messages.values() for r in m.reactions)
        raise Denied(231010 if known else 231011)
    if reaction.operator != core.workspace.app:
        raise Denied(231007)
    lark_posting.unreact(core, message, reaction)
    return reaction_view(core.workspace, reaction)
