"""Lark's error codes as its documentation lists them: the HTTP status and the sentence of each."""

ERRORS: dict[int, tuple[int, str]] = {
    # the gateway
    10003: (400, "invalid param"),
    10014: (400, "app secret invalid"),
    11205: (400, "app do not have bot"),
    99991400: (429, "request trigger frequency limit"),
    99991661: (401, "Missing access token for authorization. Please make a test attempt using the correct token."),
    99991663: (401, "Invalid access token for authorization. Please make a test attempt using the correct token."),
    99991671: (401, "Invalid access token for authorization, the token should begin with 't-' or 'u-'."),
    99991672: (400, "Access denied."),
    99992402: (400, "field validation failed"),
    # messages
    230001: (400, "Your request contains an invalid request parameter."),
    230002: (400, "The bot can not be outside the group."),
    230009: (400, "Message can only be recalled within one days."),
    230011: (400, "The message was withdrawn."),
    230012: (400, "Bot is NOT the sender of the message."),
    230013: (400, "Bot has NO availability to this user."),
    230018: (400, "These operations are NOT allowed at current group settings."),
    230020: (400, "This operation triggers the frequency limit."),
    230025: (400, "The length of the message content reaches its limit."),
    230026: (400, "No permission to recall this message."),
    230027: (400, "Lack of necessary permissions."),
    230031: (400, "Message can only be modified within 14 days after sending."),
    230050: (400, "The message is invisible to the operator."),
    230054: (400, "This operation is not supported for this message type."),
    230072: (400, "The message has reached the number of times it can be edited."),
    230075: (400, "The message has exceeded the time limit within which it can be edited."),
    230099: (400, "Failed to create card content."),
    # reactions
    231001: (400, "reaction type is invalid."),
    231002: (400, "The operator has no permission to react on the specific message."),
    231003: (400, "The message is not found, maybe not exist or deleted."),
    231007: (400, "The operator has no permission to delete this reaction."),
    231008: (400, "The operator has no access to the message."),
    231010: (400, "The reaction does not belong to the message."),
    231011: (400, "The request has an invalid reaction_id."),
    # chats
    232006: (400, "Your request specifies a chat_id which is invalid."),
    232009: (400, "Your request specifies a chat which has already been dissolved."),
    232011: (400, "Operator can NOT be out of the chat."),
    # cards answered late
    300090: (400, "the card's update token is not valid, too old or used up"),
    # apps
    210508: (400, "insufficient permission level"),
    # people
    41012: (400, "user id invalid"),
    41050: (400, "no user authority error"),
    42002: (400, "the group does not exist"),
}
