"""Says hello, and counts how often."""

from sdk.switchboard import Plugin, draft, outcome, reply
from wit_world.imports import kv


class Handler(Plugin):
    def start(self, community, config):
        # The settings, as [config] in plugin.toml describes them.
        self.greeting = config.get("greeting", "Hello, {name}!")

    def message(self, event, message):
        kv.increment("greetings", 1, None)
        name = event.person.name if event.person else "you"
        return outcome(reply(draft(self.greeting, markdown=True, values={"name": name})), answered=True)

    def command(self, event, command):
        count = (kv.get("greetings") or b"0").decode()
        return outcome(reply(draft("I have said hello {count} times.", values={"count": count})))
