"""Starts the Discord-compatible server on an empty database in FOLDER, and its front; prints `ready ADDRESS`.

Ends both when standard input ends, so that nothing stays behind when whoever started it dies.

usage: serve.py FOLDER
"""
import asyncio
import pathlib
import socket
import sys
import urllib.error
import urllib.request

from front import Front

# Far more than either takes on a slow machine; without it a question that nobody answers would hang.
MIGRATING_MAX = 120
STARTING_MAX = 120
CONFIG = """\
DB_CONNECT_STRING = "sqlite://{folder}/server.sqlite"
MIGRATIONS_DIR = "{folder}/migrations"
STORAGE = {{"type": "local", "local": {{"path": "{folder}/files"}}}}
PUBLIC_HOST = "127.0.0.1:{front}"
GATEWAY_HOST = "127.0.0.1:{front}/gateway"
CDN_HOST = "127.0.0.1:{front}/media"
MESSAGE_BROKER = {{"type": "ws", "ws": {{"url": "ws://127.0.0.1:{broker}"}}}}
BCRYPT_ROUNDS = 4
"""
# Its ids count the time from a year of its own; bots read the time off them, and Discord counts from 2015. It knows all
# languages of commands but one: <https://discord.com/developers/docs/reference#locales>.
LAUNCH = """\
from yepcord.yepcord.snowflake import Snowflake
Snowflake.EPOCH = 1_420_070_400_000
from yepcord.yepcord.enums import Locales
Locales.SPANISH_LATAM = "es-419"
from yepcord.cli import main
main()
"""


async def main(folder):
    front, server, broker = free_ports(3)
    config = folder / "config.py"
    config.write_text(CONFIG.format(folder=folder, front=front, broker=broker))
    log = (folder / "server.log").open("wb")

    async def yepcord(*arguments):
        nothing = asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", LAUNCH, *arguments, cwd=folder, stdin=nothing, stdout=log, stderr=log)

    migrating = await yepcord("migrate", "-c", config)
    if await asyncio.wait_for(migrating.wait(), MIGRATING_MAX):
        sys.exit(f"the server's database could not be made, see {log.name}")
    running = await yepcord("run_all", "-c", config, "-h", "127.0.0.1", "-p", str(server))
    try:
        await asyncio.wait_for(answers(f"http://127.0.0.1:{server}/api/v9/gateway", running), STARTING_MAX)
        fronting = asyncio.create_task(Front(front, server).run())
        await asyncio.wait_for(answers(f"http://127.0.0.1:{front}/api/v10/gateway", running), STARTING_MAX)
        print(f"ready http://127.0.0.1:{front}", flush=True)
        waiting = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await asyncio.wait([fronting, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        if running.returncode is None:
            running.terminate()
            await running.wait()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def answers(address, server):
    """Waits until there is an answer."""
    while True:
        if server.returncode is not None:
            sys.exit("the server ended, see server.log")
        try:
            await asyncio.to_thread(urllib.request.urlopen, address)
            return
        except (urllib.error.URLError, ConnectionError):
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1]).resolve()))
