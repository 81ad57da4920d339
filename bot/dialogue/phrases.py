"""The turns of phrase by which people ask, report trouble, advise, thank and chat, and how they are found in a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.dialogue.phrases_zh import CHINESE_CUES


def _words(text: str) -> tuple[str, ...]:
    """Phrases parted by bars and line ends."""
    return tuple(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|") if phrase.strip())


CUES: dict[str, tuple[str, ...]] = {
    "asks how, why or where": _words("""
        how do i | how do you | how do we | how can i | how can we | how to | how would i | how should i | how does one
        how come | why is | why does | why do | why are | why isnt | why doesnt | why cant | why would | where is
        where are | where do | where can | where does | where should | what is | whats the | what are | what does
        what do i | what should i | what could | what would | which one | how is it | how are | when does | how does"""),
    "asks whether something can be": _words("""
        is there a* | is there some* | is there any* | is it possible | are there | can i | could i | should i | may i
        do i need | do i have to | am i | is this | is that | does it | does this | does the | does that | is it | will it
        would it | can it | would this | is the | are the | do we | can we | can one | does one"""),
    "asks the room": _words("""
        anyone | anybody | someone | somebody | any idea | any ideas | any clue | any suggestions | any suggestion
        any advice | any help | any pointers | any thoughts | any tips | does any* | has any* | is any* | can any* | who knows
        any experts | any workaround* | any work arounds | any recommendation* | folks | everyone | all"""),
    "asks for help": _words("""
        help me | need help | need some help | please help | need assistance | can you help | could you help | help please
        help with | help out | plz help | pls help | stuck | ask about | question about | quick question
        i have a question | got a question | a question | i was wondering | im wondering | wondering | appreciate any
        guidance | point me | advise | recommend"""),
    "tells of own trouble": _words("""
        im getting | i am getting | i get | i keep getting | i got | im seeing | i am seeing | i see an | i cant
        i cannot | i can not | i couldnt | im unable | i am unable | unable to | im having | i am having | i have a problem
        i have problem* | i have an issue | having trouble | having issues | having problem* | trouble | problem with
        im running into | i ran into | ive run into | running into | im hitting | i hit | im facing | i am facing
        we are facing | were facing | we are getting | were getting | were seeing | we are seeing | we get | i noticed
        i receive | im stuck | i am stuck | gives me | it says | says | complain* | my problem | my issue | the problem is
        the issue is | weird | strange | i dont understand | i dont know how | i dont know why | i dont know what
        not sure how | not sure why | not sure what | confused | i dont get | cant figure | couldnt figure | figure out"""),
    "reports a failure": _words("""
        error* | fail* | crash* | exception* | broken | breaks | timeout* | timed out | time out | times out | not found
        no such | denied | refused | hang* | freez* | stuck | panic* | corrupt* | missing | invalid | cannot | cant | wont
        doesnt | didnt | isnt | unable | wrong | bug | segfault* | killed | dies | leak* | slow | down | unreachable
        unexpected | trap* | problem* | issue*"""),
    "says it does not work": _words("""
        doesnt work | didnt work | dont work | not working | isnt working | wasnt working | wont work | does not work
        did not work | no luck | didnt help | did not help | doesnt help | same error | same problem | same issue
        same result | same thing | nothing happens | no effect | no difference | no success | not help* | doesnt seem to
        still fail* | still get* | still see* | still the same | still not* | still have | still no | still error* | still same
        still broken | still doesnt | still cant | still happen* | still crash* | still hang* | still stuck | keeps failing
        not fixed | didnt fix | did not fix | to no avail | without success | no change"""),
    "says still": _words(
        "still | again | yet | anymore | all of a sudden | suddenly | since yesterday"
    ),
    "has tried": _words("""
        i tried | ive tried | i have tried | tried to | i already | ive already | i did | ive done | i followed
        ive followed | i have followed | i installed | i checked | ive checked | i changed | i set | i added | i ran
        i restarted | i removed | tried | i updated | i upgraded | ive been"""),
    "says what is wanted": _words("""
        i want | i need | i would like | id like | im trying | i am trying | trying to | we want | we need | we would like
        i wanted | im looking | i am looking | looking for | looking to | my goal | i wish | is supposed to | should be
        i expect* | we are trying | were trying | im attempting"""),
    "describes own set-up": _words("""
        my | our | im using | i am using | im on | i use | i have | we have | we use | we are using | im running
        i am running | running on | using version | on ubuntu | on mac | on windows | on linux | im new | i am new | new to"""),
    "thanks": _words("""
        thank* | thx | ty | tks | cheers | tnx | much appreciated | appreciate it | great help | youre the best | 3q"""),
    "says it is solved": _words("""
        solved | fixed it | it works | works now | working now | that worked | that works | it worked | works great
        works fine | works perfectly | got it working | got it to work | that did it | that fixed | did the trick
        nevermind | never mind | nvm | figured it out | i see now | found it | makes sense | now it works | all good
        all set | that helps | my bad | my mistake | got it | is working | works like | sorted"""),
    "greets": _words("""
        hi | hello | hey | good morning | good evening | good afternoon | howdy | greetings | welcome | bye | good night
        goodbye | cya | see you | morning | yo | have a good | have a nice | happy new"""),
    "agrees or acknowledges": _words("""
        ok | okay | okey | yes | yeah | yep | yup | sure | right | exactly | agreed | i agree | cool | nice | great | awesome
        good | aye | k | indeed | of course | definitely | no | nope | nah | i see | interesting | ah | oh | hm | hmm | + | +1
        true | correct | done | sounds good | perfect"""),
    "laughs or jokes": _words("""
        lol | haha* | hehe* | lmao | rofl | heh | joke | joking | funny | fun | wow | damn | omg | wtf | ugh
        lunch | dinner | coffee | beer* | birthday"""),
    "advises": _words("""
        try | you can | you could | you should | you need | you might | you may | you must | you have to | youll | youd
        youre | make sure | check | use | run | add | set | install | go to | look at | take a look | have a look | see
        id suggest | i suggest | i would suggest | i recommend | id recommend | i would | id | instead | just | simply
        if you | please | dont | remove | restart | open | click | type | have you tried | did you try | recommended | read"""),
    "explains": _words("""
        because | means | it depends | the reason | thats why | so that | which is | actually | basically | in that case
        afaik | iirc | i think | i believe | i guess | probably | should work | it should | supposed | currently | by default
        in general | usually | typically | there is a | there are | its a | it is a | this is a | yes you | no you | not yet"""),
    "asks the other for details": _words("""
        can you | could you | would you | do you | did you | have you | are you | were you | what do you | what did you
        what is your | whats your | which version | what version | what os | what error | what does | how did you | how are you
        are you using | are you sure | do you have | does your | is your | your logs | the logs | can you share
        can you paste | pastebin | post the | share the | send the | show me | what happens | output of | more details"""),
    "speaks to you": _words("you | your | youre | youve | youll | yourself | u"),
    "speaks of I": _words("i | im | ive | my | me | id | ill | mine | we | our | us | were | weve"),
    "plans or promises": _words("""
        ill | i will | lets | we should | we could | we can | i can | im going | i am going | going to | gonna | will do
        working on | i plan | we plan | next week | tomorrow | later | today | ive opened | i opened | ive created | i created
        ive pushed | i pushed | ive updated | i updated | ive added | merge* | pull request | pr | prs | review* | issue
        roadmap | release* | meeting | milestone* | draft | proposal | i propose | im happy | happy to | feel free"""),
    "announces": _words("""
        announc* | released | we released | is out | now available | is live | reminder | please note | heads up | fyi
        join us | excited | pleased | congrat* | new version | released today | check out | were hiring | webinar | blog post
        maintenance | has been | conference | sign up | call for"""),
    "says sorry or cannot help": _words("""
        sorry | i dont know | no idea | not sure | i have no | dunno | cant help | never used | never tried | apolog*"""),
    "urgent": _words("""
        urgent* | asap | production | prod | outage | critical | blocked | blocker | blocking | immediately | emergency
        incident"""),
    "is a bare nudge": _words("""
        any update | any updates | any news | any idea | any ideas | any help | bump | ping | anyone there | any luck
        anyone | help | someone"""),
    "speaks of the other's or third things": _words("he | she | they | his | her | their | people | it | that | this | those"),
    "adds on": _words("and | but | also | so | or | then | because"),
}  # fmt: skip
"""Name of a cue -> its English phrases: whole words, or a beginning of a word where a star ends it."""

Table = Mapping[str, tuple[int, ...]]
"""Phrase -> the numbers of the cues that it shows."""


def _by_phrase(cues: Mapping[str, Sequence[str]], keep: Callable[[str], bool] = bool) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for i, name in enumerate(CUES):
        for phrase in filter(keep, cues.get(name, ())):
            found[phrase.rstrip("*")] = (*found.get(phrase.rstrip("*"), ()), i)
    return found


WHOLE: Table = _by_phrase(CUES, lambda phrase: not phrase.endswith("*"))
BEGINNINGS: Table = {f" {phrase}": hit for phrase, hit in _by_phrase(CUES, lambda p: p.endswith("*")).items()}
CHINESE: Table = {
    phrase.replace("_", " "): hit
    for phrase, hit in _by_phrase({name: _words(text) for name, text in CHINESE_CUES.items()}).items()
}


def _sizes() -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for words in (phrase.split() for phrase in WHOLE):
        found[words[0]] = found.get(words[0], frozenset()) | {len(words)}
    return found


SIZES = _sizes()
"""First word of a phrase -> how many words the phrases that begin so have."""


def phrase_cues(flat: str, chinese: bool) -> set[int]:
    """Indexes of the cues in CUES that show in `flat` (words parted and framed by single blanks, lower case)."""
    words = flat.split()
    found: set[int] = set()
    for start, word in enumerate(words):
        for size in SIZES.get(word, ()):
            found.update(WHOLE.get(word if size == 1 else " ".join(words[start : start + size]), ()))
    for table in (BEGINNINGS, CHINESE) if chinese else (BEGINNINGS,):
        for phrase, hit in table.items():
            if phrase in flat:
                found.update(hit)
    return found
