//! An empty WASI 0.2, which the standard libraries of guest languages import: no environment and no arguments; `absent` has
//! the files and sockets that there are not. Standard output and error go to the plugin's log; clocks and chance are stand-ins made from the event.

use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut};

use super::{State, absent};

/// The patch release that is linked; the linker takes it for all of 0.2.
const VERSION: &str = "0.2.6";

/// Bytes that a stream takes in one write.
const WRITE_BYTES: u64 = 4096;

/// More random bytes in one call than any library seeds itself with.
const RANDOM_BYTES_MAX: u64 = 4096;

const LINKED: [&str; 18] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/terminal-stderr",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:random/random",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
];

/// Whether the interface of that name, without its version, is linked.
pub(super) fn is_linked(name: &str) -> bool {
    LINKED.contains(&name) || absent::LINKED.contains(&name)
}

struct IoError;
struct Pollable;
struct InputStream;
struct OutputStream;
struct TerminalInput;
struct TerminalOutput;

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

type Store<'a> = StoreContextMut<'a, State>;

pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    cli(linker)?;
    terminals(linker)?;
    streams(linker)?;
    clocks(linker)?;
    random(linker)?;
    absent::link(linker)
}

pub(super) fn name(interface: &str) -> String {
    format!("wasi:{interface}@{VERSION}")
}

fn cli(linker: &mut Linker<State>) -> Result<()> {
    let mut environment = linker.instance(&name("cli/environment"))?;
    environment.func_wrap("get-environment", |_: Store<'_>, (): ()| {
        Ok((Vec::<(String, String)>::new(),))
    })?;
    environment.func_wrap("get-arguments", |_: Store<'_>, (): ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_: Store<'_>, (): ()| Ok((None::<String>,)))?;
    linker.instance(&name("cli/exit"))?.func_wrap(
        "exit",
        |_: Store<'_>, (_,): (std::result::Result<(), ()>,)| -> Result<()> {
            Err(wasmtime::format_err!("the plugin ended its program"))
        },
    )?;
    linker
        .instance(&name("cli/stdin"))?
        .func_wrap("get-stdin", |_: Store<'_>, (): ()| {
            Ok((Resource::<InputStream>::new_own(0),))
        })?;
    for stream in ["stdout", "stderr"] {
        linker
            .instance(&name(&format!("cli/{stream}")))?
            .func_wrap(&format!("get-{stream}"), |_: Store<'_>, (): ()| {
                Ok((Resource::<OutputStream>::new_own(1),))
            })?;
    }
    Ok(())
}

fn terminals(linker: &mut Linker<State>) -> Result<()> {
    linker.instance(&name("cli/terminal-input"))?.resource(
        "terminal-input",
        ResourceType::host::<TerminalInput>(),
        |_, _| Ok(()),
    )?;
    linker.instance(&name("cli/terminal-output"))?.resource(
        "terminal-output",
        ResourceType::host::<TerminalOutput>(),
        |_, _| Ok(()),
    )?;
    linker
        .instance(&name("cli/terminal-stdin"))?
        .func_wrap("get-terminal-stdin", |_: Store<'_>, (): ()| {
            Ok((None::<Resource<TerminalInput>>,))
        })?;
    for stream in ["stdout", "stderr"] {
        linker
            .instance(&name(&format!("cli/terminal-{stream}")))?
            .func_wrap(&format!("get-terminal-{stream}"), |_: Store<'_>, (): ()| {
                Ok((None::<Resource<TerminalOutput>>,))
            })?;
    }
    Ok(())
}

type In = (Resource<InputStream>, u64);
type Out = (Resource<OutputStream>, Vec<u8>);

fn streams(linker: &mut Linker<State>) -> Result<()> {
    let mut error = linker.instance(&name("io/error"))?;
    error.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))?;
    error.func_wrap(
        "[method]error.to-debug-string",
        |_: Store<'_>, (_,): (Resource<IoError>,)| Ok((String::new(),)),
    )?;

    let mut poll = linker.instance(&name("io/poll"))?;
    poll.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    poll.func_wrap("[method]pollable.ready", |_: Store<'_>, (_,): (Resource<Pollable>,)| {
        Ok((true,))
    })?;
    poll.func_wrap("[method]pollable.block", |_: Store<'_>, (_,): (Resource<Pollable>,)| {
        Ok(())
    })?;
    poll.func_wrap("poll", |_: Store<'_>, (list,): (Vec<Resource<Pollable>>,)| {
        // Everything is ready at once: there is nothing to wait for.
        Ok(((0..u32::try_from(list.len()).unwrap_or(u32::MAX)).collect::<Vec<u32>>(),))
    })?;

    let mut streams = linker.instance(&name("io/streams"))?;
    streams.resource("input-stream", ResourceType::host::<InputStream>(), |_, _| Ok(()))?;
    streams.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    for read in ["read", "blocking-read"] {
        streams.func_wrap(&format!("[method]input-stream.{read}"), |_: Store<'_>, _: In| {
            Ok((Err::<Vec<u8>, _>(StreamError::Closed),))
        })?;
    }
    for skip in ["skip", "blocking-skip"] {
        streams.func_wrap(&format!("[method]input-stream.{skip}"), |_: Store<'_>, _: In| {
            Ok((Err::<u64, _>(StreamError::Closed),))
        })?;
    }
    streams.func_wrap(
        "[method]input-stream.subscribe",
        |_: Store<'_>, (_,): (Resource<InputStream>,)| Ok((Resource::<Pollable>::new_own(0),)),
    )?;
    streams.func_wrap(
        "[method]output-stream.subscribe",
        |_: Store<'_>, (_,): (Resource<OutputStream>,)| Ok((Resource::<Pollable>::new_own(0),)),
    )?;
    streams.func_wrap(
        "[method]output-stream.check-write",
        |_: Store<'_>, (_,): (Resource<OutputStream>,)| Ok((Ok::<_, StreamError>(WRITE_BYTES),)),
    )?;
    for write in ["write", "blocking-write-and-flush"] {
        let method = format!("[method]output-stream.{write}");
        streams.func_wrap(&method, |mut store: Store<'_>, (_, bytes): Out| {
            store.data_mut().write_stdio(&bytes);
            Ok((Ok::<_, StreamError>(()),))
        })?;
    }
    for flush in ["flush", "blocking-flush"] {
        let method = format!("[method]output-stream.{flush}");
        streams.func_wrap(&method, |_: Store<'_>, (_,): (Resource<OutputStream>,)| {
            Ok((Ok::<_, StreamError>(()),))
        })?;
    }
    Ok(())
}

fn clocks(linker: &mut Linker<State>) -> Result<()> {
    let mut monotonic = linker.instance(&name("clocks/monotonic-clock"))?;
    monotonic.func_wrap("now", |store: Store<'_>, (): ()| {
        Ok((store.data().now_ms.saturating_mul(1_000_000),))
    })?;
    monotonic.func_wrap("resolution", |_: Store<'_>, (): ()| Ok((1_000_000_u64,)))?;
    for subscribe in ["subscribe-instant", "subscribe-duration"] {
        monotonic.func_wrap(subscribe, |_: Store<'_>, (_,): (u64,)| {
            Ok((Resource::<Pollable>::new_own(0),))
        })?;
    }
    let mut wall = linker.instance(&name("clocks/wall-clock"))?;
    wall.func_wrap("now", |store: Store<'_>, (): ()| {
        let now = store.data().now_ms;
        let nanoseconds = u32::try_from(now % 1000 * 1_000_000).expect("less than a second");
        Ok((Datetime {
            seconds: now / 1000,
            nanoseconds,
        },))
    })?;
    wall.func_wrap("resolution", |_: Store<'_>, (): ()| {
        Ok((Datetime {
            seconds: 0,
            nanoseconds: 1_000_000,
        },))
    })
}

fn random(linker: &mut Linker<State>) -> Result<()> {
    for (interface, bytes, number) in [
        ("random/random", "get-random-bytes", "get-random-u64"),
        (
            "random/insecure",
            "get-insecure-random-bytes",
            "get-insecure-random-u64",
        ),
    ] {
        let mut random = linker.instance(&name(interface))?;
        random.func_wrap(bytes, |mut store: Store<'_>, (length,): (u64,)| {
            let length = length.min(RANDOM_BYTES_MAX);
            Ok(((0..length)
                .map(|_| store.data_mut().draw().to_le_bytes()[0])
                .collect::<Vec<u8>>(),))
        })?;
        random.func_wrap(number, |mut store: Store<'_>, (): ()| Ok((store.data_mut().draw(),)))?;
    }
    let mut seed = linker.instance(&name("random/insecure-seed"))?;
    seed.func_wrap("insecure-seed", |mut store: Store<'_>, (): ()| {
        let state = store.data_mut();
        Ok(((state.draw(), state.draw()),))
    })
}
