"""The front of the Discord-compatible server that tests run against: what that server lacks of today's Discord.

The server is `yepcord-server` from PyPI, written by others: users, guilds, permissions, messages, files and commands are
its own. It speaks version 9 of the interface to people's clients; bots are to be told the same in version 10. This
process stands before it and knows it by HTTP and WebSocket alone. It is Python because the server is: what it imports
was installed with the server, so nothing more has to be built.

What it adds:
  - one session per IDENTIFY that outlives its socket: numbers, HEARTBEAT, RESUME with what was missed, op 7, op 9
  - READY as bots get it, then a GUILD_CREATE for each guild, with its channels also after an invitation; fields that payloads have by now (`fields.py`)
  - requests that the server answers with "not implemented": the application, a guild, a whole menu of commands, and the
    menu of one guild
For tests, with POST:
  - /peer/bot               a person, their guild with a channel, and an application with a bot; `?invite=no`: not in it
  - /peer/drop?bot=ID       its sockets break             /peer/reconnect?bot=ID   it is asked to connect anew
  - /peer/forget?bot=ID     its sockets break, and the session that it would resume is over
  - /peer/said?bot=ID&count=N   waits until it has sent so many messages

`serve.py` starts it.
"""
import asyncio
import base64
import collections
import itertools
import json
import traceback

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, WSMsgType, web

import fields

HEARTBEAT_MS = 41_250
# In seconds; the server answers within some milliseconds.
PATIENCE = 30
# More than any test says while a bot is away.
KEPT_MAX = 1_000
# What the owner of the application has turned on: the members and the words of messages.
FLAGS = 1 << 15 | 1 << 19
# Tokens of bots have three parts by now, and those of the server two.
MIDDLE = ".bot."
MISSING = {"code": 0, "message": "404: Not Found"}
PASSED_ON = ("authorization", "content-type", "x-audit-log-reason")


class Session:
    """What one bot was told, from its IDENTIFY on."""

    def __init__(self, front, identify):
        self.front, self.identify = front, identify
        self.bot = bot_of(identify["token"])
        self.id, self.told, self.number, self.socket, self.server = None, [], 0, None, None
        self.guilds = {}
        self.task = asyncio.create_task(self.listen())

    async def listen(self):
        try:
            await self.hear_all()
        except Exception:
            traceback.print_exc()

    async def hear_all(self):
        async with self.front.http.ws_connect(f"{self.front.server}/gateway", max_msg_size=0) as self.server:
            async for frame in self.server:
                if frame.type == WSMsgType.TEXT:
                    await self.hear(json.loads(frame.data))
        if is_open(self.socket):
            await self.socket.close(code=self.server.close_code or 4000)

    async def hear(self, frame):
        if frame["op"] == 10:
            await self.server.send_json({"op": 2, "d": self.identify})
        elif frame["op"] == 0 and frame["t"] == "READY":
            await self.begin(frame["d"])
        elif frame["op"] == 0:
            data = fields.dispatched(frame["t"], frame["d"])
            if frame["t"] == "GUILD_CREATE" and "channels" not in data:
                data = await self.whole(data["id"])
            await self.tell(frame["t"], data)

    async def whole(self, guild):
        """A guild that the bot was just let into: the server tells its channels to the next session alone."""
        async with self.front.http.ws_connect(f"{self.front.server}/gateway", max_msg_size=0) as server:
            async for frame in server:
                frame = json.loads(frame.data)
                if frame["op"] == 10:
                    await server.send_json({"op": 2, "d": self.identify})
                elif frame["t"] == "READY":
                    return next(fields.complete(known) for known in frame["d"]["guilds"] if known["id"] == guild)

    async def begin(self, ready):
        self.id = ready["session_id"]
        self.front.sessions[self.id] = self
        guilds = [fields.complete(guild) for guild in ready["guilds"]]
        me = {name: ready["user"].get(name) for name in ("id", "username", "discriminator", "avatar")}
        me |= {"bot": True, "verified": True, "mfa_enabled": False, "email": None, "flags": 0, "global_name": None}
        await self.tell("READY", {
            "v": 10, "user": me, "session_id": self.id, "resume_gateway_url": self.front.gateway, "shard": [0, 1],
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in guilds],
            "application": {"id": me["id"], "flags": FLAGS},
        })
        for guild in guilds:
            await self.tell("GUILD_CREATE", guild)

    async def tell(self, kind, data):
        if kind == "GUILD_CREATE":
            self.guilds[data["id"]] = data
        self.number += 1
        frame = {"op": 0, "t": kind, "s": self.number, "d": data}
        self.told = [*self.told[-KEPT_MAX:], frame]
        await send(self.socket, frame)

    async def resume(self, socket, after):
        for frame in [frame for frame in self.told if frame["s"] > after]:
            await send(socket, frame)
        self.socket = socket
        await self.tell("RESUMED", {})


class Front:
    def __init__(self, port, server):
        self.port, self.server = port, f"http://127.0.0.1:{server}"
        self.gateway = f"ws://127.0.0.1:{port}/gateway"
        self.sessions, self.numbers = {}, itertools.count(1)
        # With SQLite the server does not bear two requests at once: the second may find no connection, and hang.
        self.turn = asyncio.Lock()
        self.said, self.saying = collections.Counter(), asyncio.Condition()

    async def connect(self, request):
        """One socket of a bot."""
        socket, session = web.WebSocketResponse(max_msg_size=0), None
        await socket.prepare(request)
        await send(socket, {"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": HEARTBEAT_MS}})
        async for frame in socket:
            frame = json.loads(frame.data)
            if frame["op"] == 1:
                await send(socket, {"op": 11, "s": None, "t": None, "d": None})
            elif frame["op"] == 2:
                session = Session(self, frame["d"] | {"token": plain(frame["d"]["token"])})
                session.socket = socket
            elif frame["op"] == 6:
                session = self.sessions.get(frame["d"]["session_id"])
                if session and session.identify["token"] == plain(frame["d"]["token"]):
                    await session.resume(socket, frame["d"]["seq"])
                else:
                    await send(socket, {"op": 9, "s": None, "t": None, "d": False})
            elif session and session.server:
                await session.server.send_json(frame)
        return socket

    async def control(self, request):
        what, bot = request.match_info["what"], request.query.get("bot")
        if what == "bot":
            return answer(await self.make_bot(request.query.get("invite") != "no"))
        if what == "said":
            async with self.saying:
                await self.saying.wait_for(lambda: self.said[bot] >= int(request.query["count"]))
            return answer({"count": self.said[bot]})
        mine = [session for session in self.sessions.values() if session.bot == bot]
        if what == "forget":
            self.sessions = {name: session for name, session in self.sessions.items() if session.bot != bot}
        for socket in [session.socket for session in mine if is_open(session.socket)]:
            if what == "reconnect":
                await send(socket, {"op": 7, "s": None, "t": None, "d": None})
            else:
                await socket.close(code=4000)
        return answer({"sessions": len(mine)})

    async def make_bot(self, invite):
        number = next(self.numbers)

        async def ask(path, body, token=""):
            head = {"authorization": token} if token else {}
            call = self.http.post(f"{self.server}/api/v9/{path}", json=body, headers=head)
            async with self.turn, call as got:
                got.raise_for_status()
                return await got.json(content_type=None)

        who = {"username": f"ann{number}", "email": f"ann{number}@example.org", "password": "not-a-secret-1"}
        person = (await ask("auth/register", who))["token"]
        guild = (await ask("guilds", {"name": "Gardeners"}, person))["id"]
        channel = (await ask(f"guilds/{guild}/channels", {"name": "help", "type": 0}, person))["id"]
        application = (await ask("applications", {"name": "Helper"}, person))["id"]
        token = (await ask(f"applications/{application}/bot/reset", {}, person))["token"]
        if invite:
            path = f"oauth2/authorize?client_id={application}&scope=bot%20applications.commands"
            await ask(path, {"authorize": True, "permissions": 8, "guild_id": guild}, person)
        token = token.replace(".", MIDDLE, 1)
        return {"person": person, "guild": guild, "channel": channel, "bot": application, "token": token}

    async def rest(self, request):
        """A request that the server answers, or that it would have to."""
        path, body = request.path.replace("/api/v10/", "/api/v9/", 1), await request.read()
        head = {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
        bot = head.get("Authorization", "").startswith("Bot ") and bot_of(plain(head["Authorization"]))
        if bot:
            head["Authorization"] = f"Bot {plain(head['Authorization'])}"
        match request.method, path.removeprefix("/api/v9/").split("/"):
            case "GET", ["gateway"]:
                return answer({"url": self.gateway})
            case "GET", ["gateway", "bot"] if bot:
                limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
                return answer({"url": self.gateway, "shards": 1, "session_start_limit": limit})
            case "GET", ["oauth2", "applications", "@me"] | ["applications", "@me"] if bot:
                return answer(fields.application(bot, FLAGS))
            case "GET", ["guilds", guild] if bot:
                known = [session.guilds[guild] for session in self.sessions.values() if guild in session.guilds]
                return answer(known[-1]) if known else answer(MISSING, 404)
            case "GET", ["applications", application, *guild, "commands"]:
                return await self.list_commands(application, guild[1:], head)
            case "PUT", ["applications", application, *guild, "commands"]:
                return await self.put_commands(path, head, application, guild[1:], json.loads(body))
        answered = await self.ask_server(request.method, path, head, body, request.query)
        if answered.status == 500 and b'"message_reference"' in body:
            # The server fails on a reply in a direct chat; there it becomes a message.
            message = {name: value for name, value in json.loads(body).items() if name != "message_reference"}
            answered = await self.ask_server("POST", path, head, json.dumps(message).encode())
        if bot and answered.status == 200 and request.method == "POST" and path.endswith("/messages"):
            async with self.saying:
                self.said[bot] += 1
                self.saying.notify_all()
        return answered

    async def list_commands(self, application, guild, head):
        """The commands of one list. The server gives all that a bot has, wherever they are shown."""
        shown = await self.ask_server("GET", f"/api/v9/applications/{application}/commands", head, b"",
                                      {"with_localizations": "true"})
        if shown.status != 200:
            return shown
        return answer([one for one in json.loads(shown.body) if one.get("guild_id") in (guild or [None])])

    async def put_commands(self, path, head, application, guild, commands):
        """All commands at once, which the server takes one by one."""
        shown = await self.list_commands(application, guild, head)
        if shown.status != 200:
            return shown
        for old in json.loads(shown.body):
            await self.ask_server("DELETE", f"{path}/{old['id']}", head, b"")
        for command in commands:
            made = await self.ask_server("POST", path, head, json.dumps(command).encode())
            if made.status >= 400:
                return made
        return await self.list_commands(application, guild, head)

    async def ask_server(self, method, path, head, body, query=None):
        call = self.http.request(method, self.server + path, headers=head, data=body, params=query or {},
                                 allow_redirects=False)
        async with self.turn, call as got:
            data, kind = await got.read(), got.headers.get("content-type", "")
            print(method, path, got.status, flush=True)
            if "json" in kind:
                return answer(fields.complete(json.loads(data)), got.status)
            return web.Response(body=data, status=got.status, headers={"content-type": kind} if kind else {})

    async def run(self):
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/gateway", self.connect)
        app.router.add_get("/gateway/", self.connect)
        app.router.add_post("/peer/{what}", self.control)
        app.router.add_route("*", "/{path:.*}", self.rest)
        async with ClientSession(timeout=ClientTimeout(PATIENCE)) as self.http:
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            await asyncio.Event().wait()


def plain(token):
    """A bot's token as the server knows it."""
    return token.removeprefix("Bot ").replace(MIDDLE, ".", 1)


def bot_of(token):
    """The account that a token is of; nobody where it is none."""
    try:
        return base64.urlsafe_b64decode(token.split(".")[0] + "==").decode()
    except ValueError:
        return ""


def answer(data, status=200):
    # Discord names no charset, and clients compare.
    return web.Response(body=json.dumps(data).encode(), status=status, headers={"content-type": "application/json"})


def is_open(socket):
    # A socket without entries is false by itself.
    return socket is not None and not socket.closed


async def send(socket, frame):
    if is_open(socket):
        try:
            await socket.send_json(frame)
        except (ConnectionError, ClientConnectionError):
            pass  # It broke in this moment; the session keeps what it missed.

