"""The shapes of tokens that vendors issue, as their documentation gives them; no values, only forms."""

from __future__ import annotations

# One line a family of vendors. RE2 syntax, no groups that capture. What is public by design (Stripe's pk_, Twilio's AC
# account ids, Slack's T/U/C ids, PostHog's phc_) is not here.
# These begin in a way that nothing else does: a digit may stand right before them, as in `%3Dghp_` or `0tskey-`.
NAMED_SHAPES = (
    r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|GR1348941[A-Za-z0-9_-]{20,}",
    r"gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas|ffct|wt)-[A-Za-z0-9_.-]{18,}",
    r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,}=*|sk-[A-Za-z0-9_-]*T3BlbkFJ[A-Za-z0-9_-]{10,}",
    r"sk-ant-[a-z]{3,6}[0-9]{2}-[A-Za-z0-9_-]{20,}|sk-or-v1-[0-9a-f]{64}|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}",
    r"hf_[A-Za-z]{34}(?:\b|_)|api_org_[A-Za-z]{34}(?:\b|_)|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|nvapi-[A-Za-z0-9_-]{40,}",
    r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|phx_[A-Za-z0-9]{40,}|jina_[A-Za-z0-9]{40,}|csk-[a-z0-9]{40,}",
    r"npm_[A-Za-z0-9]{36}|pypi-Ag[A-Za-z0-9_-]{30,}|rubygems_[0-9a-f]{48}|CLOJARS_[a-z0-9]{60}|oy2[a-z0-9]{43}(?:\b|_)",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}|EZ[AT]K[A-Za-z0-9]{54}",
    r"dapi[0-9a-fA-F]{32}(?:-[0-9])?(?:\b|_)|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}|dt0[a-z][0-9]{2}\.[A-Z0-9.]{60,}",
    r"ntn_[0-9]{11}[A-Za-z0-9]{35}(?:\b|_)|vc[aciprk]_[A-Za-z0-9]{24,}|tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}",
    r"ops_eyJ[A-Za-z0-9_-]{40,}=*|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    r"do[opr]_v1_[0-9a-f]{64}(?:\b|_)|shp(?:at|ca|pa|ss|tka)_[0-9a-zA-Z]{32}(?:\b|_)|fo1_[A-Za-z0-9_-]{40,}|fm[12][ar]?_[A-Za-z0-9+/]{80,}",
    r"hv[sbr]\.[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}|pul-[0-9a-f]{40}(?:\b|_)|pnu_[A-Za-z0-9]{36}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{24,}|sntry[su]_[A-Za-z0-9_=+/-]{32,}|sntryu_[0-9a-f]{64}|glsa_[A-Za-z0-9_]{32,}|glc_[A-Za-z0-9+/]{32,}=*",
    r"NRAK-[A-Z0-9]{27}(?:\b|_)|NR(?:II|AA|SP)-[A-Za-z0-9_-]{27,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
    r"fig[dor]h?_[A-Za-z0-9_-]{36,}|AT[AC]TT3[A-Za-z0-9_=-]{20,}|ATBB[A-Za-z0-9]{28,}|sbp_[0-9a-f]{40}(?:\b|_)|sb_secret_[A-Za-z0-9_-]{20,}",
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,}|nfp_[A-Za-z0-9]{36,}|CFPAT-[A-Za-z0-9_-]{40,}",
    r"sq[apu]_[0-9a-f]{40}(?:\b|_)|AKCp[A-Za-z0-9]{60,}|CCIPAT_[A-Za-z0-9_]{40,}|bkua_[0-9a-f]{40}(?:\b|_)|HRKU-[A-Za-z0-9_-]{36,}",
    r"pat-[a-z]{2}[0-9]-[0-9a-f-]{36}|AGE-SECRET-KEY-1[0-9A-Z]{50,}|LTAI[A-Za-z0-9]{16,24}(?:\b|_)|AKID[A-Za-z0-9]{32}(?:\b|_)",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}|v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}|sgp_[0-9a-f_]{40,}|p8e-[A-Za-z0-9]{32}",
    r"shippo_(?:live|test)_[0-9a-f]{40}|EAA[A-Za-z0-9]{80,}|sha256~[A-Za-z0-9_-]{43}|access-(?:sandbox|development|production)-[0-9a-f-]{36}",
    r"rnd_[A-Za-z0-9]{28,}|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}|tfp_[A-Za-z0-9_.-]{40,}|eyJrIjoi[A-Za-z0-9]{60,}=*|rdme_[a-z0-9]{60,}",
    r"aio_[A-Za-z0-9]{28}(?:\b|_)|apify_(?:api|proxy)_[A-Za-z0-9]{30,}|dnkey-[a-z0-9]{26,}|ddp_[A-Za-z0-9]{36}(?:\b|_)|e2b_[0-9a-f]{40}(?:\b|_)",
    r"fio-u-[A-Za-z0-9_=-]{60,}|napi_[a-z0-9]{60,}|ory_[a-z]{2,3}_[A-Za-z0-9_-]{30,}|pcsk_[A-Za-z0-9]{5,}_[A-Za-z0-9]{50,}|ATTA[0-9a-f]{64}",
    r"tk-us-[A-Za-z0-9_-]{48}|tvly-[A-Za-z0-9-]{30,}|zpka_[A-Za-z0-9]{32}_[0-9a-f]{8}|AQVN[A-Za-z0-9_-]{35,38}|sk\.eyJ1Ijoi[A-Za-z0-9_.-]{40,}",
    r"(?:sdk|api|mob)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}",
)

# Rarer or less telling beginnings; neither a letter nor a digit may stand before them.
SURE_SHAPES = (
    r"1//0[A-Za-z0-9_-]{30,}|cio[A-Za-z0-9]{32}(?:\b|_)|SK[0-9a-f]{32}(?:\b|_)|key-[0-9a-f]{32}(?:\b|_)|[0-9a-f]{32}-us[0-9]{1,2}(?:\b|_)",
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?:\b|_)|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,}|API-[A-Z0-9]{26,}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?:\b|_)",
)

# Prefixes that plain words may have too (`sk-learn-...`, `xoxb-your-token`): the rest must look generated.
UNSURE_SHAPES = (
    r"xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|xwfp-[A-Za-z0-9-]{10,}",
    r"sk-[A-Za-z0-9_-]{20,}|s\.[A-Za-z0-9]{24}(?:\b|_)|secret_[A-Za-z0-9]{43}(?:\b|_)",
    r"[atu]-[A-Za-z0-9]{2}[A-Za-z0-9_.]{28,}",
    r"[a-z]{2,12}_(?:live|test|prod|secret|pat|key|token)_[A-Za-z0-9]{20,}",
)

# Three base64url parts, the first two beginning as an encoded JSON object does; encrypted ones have five.
JWT_SHAPE = r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}"
