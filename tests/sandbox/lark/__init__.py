"""The same for the workspace that speaks Lark's protocol."""
