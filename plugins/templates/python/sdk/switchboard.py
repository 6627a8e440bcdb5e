"""The contract in the words of Python: what a plugin answers with, and the way from an event to a method.

Change it as you like. The contract itself is plugin.wit beside this file; its records are classes of
wit_world.imports.types, with underscores where it has dashes.
"""

import json
import re

from componentize_py_types import Err
from wit_world.imports import types


def draft(text, *, markdown=False, values=None, short=None, buttons=(), cites=()):
    """Something to say. `values` fills `{name}` in the text with plain text: never markup, never a ping."""
    return types.Draft(
        text=text,
        short=short,
        format=types.Format.MARKDOWN if markdown else types.Format.PLAIN,
        values=[(name, str(value)) for name, value in (values or {}).items()],
        buttons=list(buttons),
        files=[],
        cites=list(cites),
        more=None,
    )


def button(label, payload, *, presser=types.Presser.ANYONE, private=False):
    """A button that comes back as the event `interaction` with its payload."""
    return types.Button(label, types.ButtonEffect_Press(payload), presser, private)


def reply(said, *, to=None, where=types.ReplyWhere.HERE, name=None):
    """Says it where the event happened. By `name` it can be edited later, as `#name`."""
    return types.Action_Reply(types.Reply(to, where, name, _draft(said)))


def post(places, said, *, name=None):
    """Says it elsewhere (permission `post`): a list of places' refs."""
    to = [types.Destination_Place(place) for place in places]
    return types.Action_Post(types.Post(to, name, _draft(said)))


def edit(target, said):
    """Says an own message differently."""
    return types.Action_Edit(types.Edit(target, _draft(said)))


def wake(id, *, at=None, cron=None, zone="UTC", payload=""):
    """Sets a timer (permission `wake`): milliseconds since the epoch, or five cron fields with a zone."""
    schedule = types.Schedule_Cron(types.WallClock(cron, zone)) if cron else types.Schedule_At(at)
    return types.Action_Wake(types.Wake(id, schedule, payload))


def outcome(*actions, answered=False, abstained=None, stop=False):
    """All that the plugin asks for, and what it says of its answer. `stop` keeps the event from the plugins behind it."""
    stance = types.Stance_Answered() if answered else types.Stance_Neutral()
    if abstained is not None:
        stance = types.Stance_Abstained(abstained)
    return types.Outcome(list(actions), stance, types.Flow.STOP if stop else types.Flow.PASS)


# The host's calls come to a new object each; what `start` made is this one.
_started = None


class Plugin:
    """The handler that the contract wants.

    A subclass called Handler has `start(self, community, config)` and one method for each kind of event that the manifest
    asks for, named like it: `message(self, event, message)`. A method that answers None passes the event on. `self.trail` is what
    earlier plugins did with the event. What is kept in `self` may be gone with the next event.
    """

    def init(self, community, config):
        global _started
        _started = self
        try:
            self.start(community, json.loads(config))
        except Exception as problem:
            raise Err(f"{type(problem).__name__}: {problem}") from problem

    def handle(self, event, trail):
        _started.trail = trail
        # The class of the body says what happened: EventBody_CallResult is call_result.
        kind = re.sub("(?<!^)(?=[A-Z])", "_", type(event.body).__name__.removeprefix("EventBody_")).lower()
        method = getattr(_started, kind, None)
        try:
            answer = method(event, getattr(event.body, "value", None)) if method else None
        except Exception as problem:
            raise Err(_error(problem)) from problem
        return outcome() if answer is None else answer

    def start(self, community, config):
        pass


def _draft(said):
    return draft(said) if isinstance(said, str) else said


def _error(problem):
    """What a host function refused is raised by it; a host that is busy is worth another try."""
    refusal = getattr(problem, "value", None)
    if isinstance(refusal, (types.Error_Rejected, types.Error_RetryAfter, types.Error_Failed)):
        return refusal
    if isinstance(refusal, (types.CallError_Timeout, types.CallError_Unavailable)):
        return types.Error_RetryAfter(1000)
    return types.Error_Failed(str(getattr(refusal, "value", None) or f"{type(problem).__name__}: {problem}"))
