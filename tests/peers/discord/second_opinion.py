"""Another library for bots, discord.py, on the Discord of the tests: what it takes for Discord may pass for it.

It logs in, hears, sends, reacts, and resumes after a cut and when asked to connect anew. Prints `N passed, M failed` last.

usage: second_opinion.py ADDRESS
"""
import asyncio
import sys

import aiohttp
import discord
import yarl

# In seconds; a step that takes longer hangs.
PATIENCE = 60


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents.all())
        self.happened = asyncio.Queue()

    async def on_ready(self):
        await self.happened.put(("ready", len(self.guilds)))

    async def on_message(self, message):
        if message.author != self.user:
            await self.happened.put(("message", message))

    async def on_raw_reaction_add(self, reaction):
        await self.happened.put(("reaction", str(reaction.emoji)))

    async def on_resumed(self):
        await self.happened.put(("resumed", None))

    async def on_error(self, event, *_):
        await self.happened.put(("error", f"{event}: {sys.exc_info()[1]!r}"))

    async def next(self, kind):
        found, what = await asyncio.wait_for(self.happened.get(), PATIENCE)
        assert found == kind, f"{kind} was expected, and {found} came: {what}"
        return what


class Steps:
    """The steps in their order; each goes on where the one before ended."""

    def __init__(self, address, http, made):
        self.address, self.http, self.made, self.bot = address, http, made, Bot()

    async def says(self, text):
        url = f"{self.address}/api/v10/channels/{self.made['channel']}/messages"
        async with self.http.post(url, json={"content": text}, headers={"authorization": self.made["person"]}) as said:
            return await said.json()

    async def lets(self, what):
        await self.http.post(f"{self.address}/peer/{what}?bot={self.made['bot']}")

    async def logs_in(self):
        self.running = asyncio.create_task(self.bot.start(self.made["token"]))
        assert await self.bot.next("ready") == 1
        channel = self.bot.get_channel(int(self.made["channel"]))
        assert channel and channel.name == "help", channel

    async def hears(self):
        await self.says("How do I pay?")
        self.heard = await self.bot.next("message")
        assert self.heard.content == "How do I pay?", self.heard
        assert self.heard.guild.id == int(self.made["guild"])

    async def answers(self):
        answer = await self.heard.reply("With a card.")
        assert answer.reference.message_id == self.heard.id
        await answer.edit(content="In cash.")
        await self.heard.add_reaction("👍")
        assert await self.bot.next("reaction") == "👍"
        seen = [message async for message in self.heard.channel.history(limit=2)]
        assert [message.content for message in seen] == ["In cash.", "How do I pay?"], seen
        await answer.delete()

    async def resumes_after(self, what):
        await self.lets(what)
        await self.says(f"after {what}")
        # What was missed comes before the word that nothing more was.
        got = {kind: value for kind, value in [await asyncio.wait_for(self.bot.happened.get(), PATIENCE) for _ in "12"]}
        assert set(got) == {"message", "resumed"}, got
        assert got["message"].content == f"after {what}", got

    async def resumes_after_a_cut(self):
        await self.resumes_after("drop")

    async def resumes_when_asked(self):
        await self.resumes_after("reconnect")

    async def begins_anew_when_forgotten(self):
        await self.lets("forget")
        assert await self.bot.next("ready") == 1
        await self.bot.close()


async def main(address):
    discord.http.Route.BASE = f"{address}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{address.replace('http', 'ws', 1)}/gateway")
    steps = ["logs_in", "hears", "answers", "resumes_after_a_cut", "resumes_when_asked", "begins_anew_when_forgotten"]
    passed = 0
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{address}/peer/bot") as made:
            run = Steps(address, http, await made.json())
        for step in steps:
            try:
                await getattr(run, step)()
            except Exception as error:
                print(f"discord.py {step} ... FAILED: {error!r}")
                break
            print(f"discord.py {step} ... ok", flush=True)
            passed += 1
        await run.bot.close()
    # What comes after a failed step cannot be tried.
    print(f"{passed} passed, {len(steps) - passed} failed")
    return passed == len(steps)


if __name__ == "__main__":
    sys.exit(not asyncio.run(main(sys.argv[1])))
