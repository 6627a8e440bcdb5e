"""What payloads of Discord hold today and those of the server do not, as <https://discord.com/developers/docs> has it.

Pure. Each rule knows its object by two fields that only such an object has.
"""


def complete(value):
    """Adds what is missing, in this value and all within."""
    if isinstance(value, list):
        for item in value:
            complete(item)
    elif isinstance(value, dict):
        for item in value.values():
            complete(item)
        for known_by, rule in RULES:
            if all(name in value for name in known_by):
                rule(value)
    return value


def dispatched(kind, data):
    """The same for what the gateway tells, which holds more by its kind."""
    complete(data)
    if kind.startswith("MESSAGE_REACTION_"):
        add(data, burst=False, type=0)
    if kind == "INTERACTION_CREATE":
        add(data, entitlements=[], authorizing_integration_owners={}, context=0, attachment_size_limit=10 << 20)
        if data.get("member"):
            add(data["member"], permissions="0")
    return data


def application(bot, flags):
    """The application of a bot, of which the server tells only its owner."""
    owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
    return {"id": bot, "name": "Helper", "icon": None, "description": "", "summary": "", "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": flags, "team": None,
            "owner": complete(owner)}


def add(value, **more):
    for name, default in more.items():
        value.setdefault(name, default)


def user(value):
    add(value, flags=value.get("public_flags", 0), global_name=None, primary_guild=None)


def attachment(value):
    # The server has TLS in mind; the tests' network has none.
    value["url"] = value["url"].replace("https://", "http://", 1)
    add(value, proxy_url=value["url"])


def reaction(value):
    emoji = value["emoji"]
    if isinstance(emoji, dict) and "emoji_name" in emoji:
        value["emoji"] = {"id": emoji["emoji_id"], "name": emoji["emoji_name"]}
    if "count" in value:
        normal = {"burst": 0, "normal": value["count"]}
        add(value, count_details=normal, me_burst=False, burst_colors=[])


def message(value):
    for name in ("thread", "webhook_id", "application_id"):
        if value.get(name, 0) is None:
            del value[name]


def channel(value):
    for name, default in (("nsfw", False), ("position", 0), ("rate_limit_per_user", 0)):
        if value.get(name, 0) is None:
            value[name] = default


def role(value):
    colors = {"primary_color": value["color"], "secondary_color": None, "tertiary_color": None}
    add(value, colors=colors)


def guild(value):
    value.update(value.pop("properties"))
    value["unavailable"] = False
    add(value, members=[], presences=[], voice_states=[], threads=[])


RULES = [
    (("username", "discriminator"), user),
    (("filename", "content_type"), attachment),
    (("emoji",), reaction),
    (("content", "channel_id"), message),
    (("permission_overwrites",), channel),
    (("hoist", "color"), role),
    (("properties", "data_mode"), guild),
]
