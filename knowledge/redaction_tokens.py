"""The shapes of tokens that vendors issue; each begins or is placed so that the shape alone names it."""

from __future__ import annotations

# One line a vendor family. RE2 syntax, no groups that capture. What is public by design (Stripe's pk_, Twilio's AC
# account ids, Slack's T/U/C ids) is not here.
SURE_SHAPES = (
    r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}",
    r"gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas|ffct)-[A-Za-z0-9_.-]{18,}",
    r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|1//0[A-Za-z0-9_-]{30,}",
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,}=*",
    r"gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|hf_[A-Za-z]{34}(?:\b|_)",
    r"npm_[A-Za-z0-9]{36}|pypi-Ag[A-Za-z0-9_-]{30,}|rubygems_[0-9a-f]{48}|cio[A-Za-z0-9]{32}(?:\b|_)",
    r"SK[0-9a-f]{32}(?:\b|_)|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|key-[0-9a-f]{32}(?:\b|_)|[0-9a-f]{32}-us[0-9]{1,2}(?:\b|_)",
    r"dapi[0-9a-fA-F]{32}(?:-[0-9])?(?:\b|_)|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}|dt0[a-z][0-9]{2}\.[A-Z0-9.]{60,}",
    r"ntn_[0-9]{11}[A-Za-z0-9]{35}(?:\b|_)|vc[aciprk]_[A-Za-z0-9]{24,}|tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}",
    r"ops_eyJ[A-Za-z0-9_-]{40,}=*|do[opr]_v1_[0-9a-f]{64}(?:\b|_)|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}(?:\b|_)",
    r"hv[sbr]\.[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}|pul-[0-9a-f]{40}(?:\b|_)",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{24,}|sntry[su]_[A-Za-z0-9_=+/-]{32,}|glsa_[A-Za-z0-9_]{32,}|glc_[A-Za-z0-9+/]{32,}=*",
    r"NRAK-[A-Z0-9]{27}(?:\b|_)|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|lin_api_[A-Za-z0-9]{32,}|figd_[A-Za-z0-9_-]{36,}",
    r"AT[AC]TT3[A-Za-z0-9_=-]{20,}|ATBB[A-Za-z0-9]{28,}|sbp_[0-9a-f]{40}(?:\b|_)|sb_secret_[A-Za-z0-9_-]{20,}",
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,}|nfp_[A-Za-z0-9]{36,}",
    r"sq[apu]_[0-9a-f]{40}(?:\b|_)|AKCp[A-Za-z0-9]{60,}|CCIPAT_[A-Za-z0-9_]{40,}|bkua_[0-9a-f]{40}(?:\b|_)|HRKU-[A-Za-z0-9_-]{36,}",
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?:\b|_)|pat-[a-z]{2}[0-9]-[0-9a-f-]{36}|AGE-SECRET-KEY-1[0-9A-Z]{50,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,}|v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",
)

# Prefixes that plain words may have too (`sk-learn-...`, `xoxb-your-token`): the rest must look generated.
UNSURE_SHAPES = (
    r"xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|xwfp-[A-Za-z0-9-]{10,}",
    r"sk-[A-Za-z0-9_-]{20,}",
    r"[atu]-[A-Za-z0-9]{2}[A-Za-z0-9_.]{28,}",
    r"[a-z]{2,12}_(?:live|test|prod|secret|pat|key|token)_[A-Za-z0-9]{20,}",
)

# An address that is itself the secret: whoever knows it may post. The part after the host's fixed path is hidden.
WEBHOOK_SHAPES = (
    r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/",
    r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v[0-9]/)?hook/",
    r"discord(?:app)?\.com/api/webhooks/",
    r"[a-z0-9-]+\.webhook\.office\.com/webhookb2/",
    r"hooks\.zapier\.com/hooks/catch/",
    r"oapi\.dingtalk\.com/robot/send\?access_token=",
    r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=",
    r"api\.telegram\.org/bot",
    r"events\.pagerduty\.com/integration/",
)

# Three base64url parts, the first two beginning as an encoded JSON object does; encrypted ones have five.
JWT_SHAPE = r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}"
