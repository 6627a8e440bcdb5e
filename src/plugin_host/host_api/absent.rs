//! Files and sockets of WASI 0.2, which the standard libraries of JavaScript and Python import whether or not a plugin uses
//! them. There are none: no folder is open, and whatever would make one or a socket answers that it is not allowed.

use wasmtime::component::types::{ComponentFunc, Type};
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType, Val};
use wasmtime::{Result, StoreContextMut};

use super::State;
use super::wasi::name;

struct Descriptor;
struct DirectoryEntryStream;
struct Network;
struct TcpSocket;
struct UdpSocket;
struct IncomingDatagramStream;
struct OutgoingDatagramStream;
struct ResolveAddressStream;

/// How WASI's two lists of errors say that something is not allowed.
const DENIED: [&str; 2] = ["access", "access-denied"];

pub(super) const LINKED: [&str; 9] = [
    "wasi:filesystem/types",
    "wasi:filesystem/preopens",
    "wasi:sockets/network",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

const DESCRIPTOR: [&str; 27] = [
    "[method]descriptor.advise",
    "[method]descriptor.append-via-stream",
    "[method]descriptor.create-directory-at",
    "[method]descriptor.get-flags",
    "[method]descriptor.get-type",
    "[method]descriptor.is-same-object",
    "[method]descriptor.link-at",
    "[method]descriptor.metadata-hash",
    "[method]descriptor.metadata-hash-at",
    "[method]descriptor.open-at",
    "[method]descriptor.read",
    "[method]descriptor.read-directory",
    "[method]descriptor.read-via-stream",
    "[method]descriptor.readlink-at",
    "[method]descriptor.remove-directory-at",
    "[method]descriptor.rename-at",
    "[method]descriptor.set-size",
    "[method]descriptor.set-times",
    "[method]descriptor.set-times-at",
    "[method]descriptor.stat",
    "[method]descriptor.stat-at",
    "[method]descriptor.symlink-at",
    "[method]descriptor.sync",
    "[method]descriptor.sync-data",
    "[method]descriptor.unlink-file-at",
    "[method]descriptor.write",
    "[method]descriptor.write-via-stream",
];

const TCP: [&str; 28] = [
    "[method]tcp-socket.accept",
    "[method]tcp-socket.address-family",
    "[method]tcp-socket.finish-bind",
    "[method]tcp-socket.finish-connect",
    "[method]tcp-socket.finish-listen",
    "[method]tcp-socket.hop-limit",
    "[method]tcp-socket.is-listening",
    "[method]tcp-socket.keep-alive-count",
    "[method]tcp-socket.keep-alive-enabled",
    "[method]tcp-socket.keep-alive-idle-time",
    "[method]tcp-socket.keep-alive-interval",
    "[method]tcp-socket.local-address",
    "[method]tcp-socket.receive-buffer-size",
    "[method]tcp-socket.remote-address",
    "[method]tcp-socket.send-buffer-size",
    "[method]tcp-socket.set-hop-limit",
    "[method]tcp-socket.set-keep-alive-count",
    "[method]tcp-socket.set-keep-alive-enabled",
    "[method]tcp-socket.set-keep-alive-idle-time",
    "[method]tcp-socket.set-keep-alive-interval",
    "[method]tcp-socket.set-listen-backlog-size",
    "[method]tcp-socket.set-receive-buffer-size",
    "[method]tcp-socket.set-send-buffer-size",
    "[method]tcp-socket.shutdown",
    "[method]tcp-socket.start-bind",
    "[method]tcp-socket.start-connect",
    "[method]tcp-socket.start-listen",
    "[method]tcp-socket.subscribe",
];

const UDP: [&str; 18] = [
    "[method]udp-socket.address-family",
    "[method]udp-socket.finish-bind",
    "[method]udp-socket.local-address",
    "[method]udp-socket.receive-buffer-size",
    "[method]udp-socket.remote-address",
    "[method]udp-socket.send-buffer-size",
    "[method]udp-socket.set-receive-buffer-size",
    "[method]udp-socket.set-send-buffer-size",
    "[method]udp-socket.set-unicast-hop-limit",
    "[method]udp-socket.start-bind",
    "[method]udp-socket.stream",
    "[method]udp-socket.subscribe",
    "[method]udp-socket.unicast-hop-limit",
    "[method]incoming-datagram-stream.receive",
    "[method]incoming-datagram-stream.subscribe",
    "[method]outgoing-datagram-stream.check-send",
    "[method]outgoing-datagram-stream.send",
    "[method]outgoing-datagram-stream.subscribe",
];

pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    files(linker)?;
    sockets(linker)
}

fn files(linker: &mut Linker<State>) -> Result<()> {
    let mut types = linker.instance(&name("filesystem/types"))?;
    types.resource("descriptor", ResourceType::host::<Descriptor>(), |_, _| Ok(()))?;
    let entries = ResourceType::host::<DirectoryEntryStream>();
    types.resource("directory-entry-stream", entries, |_, _| Ok(()))?;
    refuse(&mut types, &DESCRIPTOR)?;
    refuse(&mut types, &["[method]directory-entry-stream.read-directory-entry"])?;
    types.func_new_async("filesystem-error-code", nothing)?;
    linker
        .instance(&name("filesystem/preopens"))?
        .func_wrap("get-directories", |_: StoreContextMut<'_, State>, (): ()| {
            Ok((Vec::<(Resource<Descriptor>, String)>::new(),))
        })
}

fn sockets(linker: &mut Linker<State>) -> Result<()> {
    let mut network = linker.instance(&name("sockets/network"))?;
    network.resource("network", ResourceType::host::<Network>(), |_, _| Ok(()))?;
    network.func_new_async("network-error-code", nothing)?;
    linker
        .instance(&name("sockets/instance-network"))?
        .func_wrap("instance-network", |_: StoreContextMut<'_, State>, (): ()| {
            Ok((Resource::<Network>::new_own(0),))
        })?;

    let mut lookup = linker.instance(&name("sockets/ip-name-lookup"))?;
    let found = ResourceType::host::<ResolveAddressStream>();
    lookup.resource("resolve-address-stream", found, |_, _| Ok(()))?;
    let looking = [
        "resolve-addresses",
        "[method]resolve-address-stream.resolve-next-address",
        "[method]resolve-address-stream.subscribe",
    ];
    refuse(&mut lookup, &looking)?;

    let mut tcp = linker.instance(&name("sockets/tcp"))?;
    tcp.resource("tcp-socket", ResourceType::host::<TcpSocket>(), |_, _| Ok(()))?;
    refuse(&mut tcp, &TCP)?;
    let mut udp = linker.instance(&name("sockets/udp"))?;
    udp.resource("udp-socket", ResourceType::host::<UdpSocket>(), |_, _| Ok(()))?;
    let incoming = ResourceType::host::<IncomingDatagramStream>();
    udp.resource("incoming-datagram-stream", incoming, |_, _| Ok(()))?;
    let outgoing = ResourceType::host::<OutgoingDatagramStream>();
    udp.resource("outgoing-datagram-stream", outgoing, |_, _| Ok(()))?;
    refuse(&mut udp, &UDP)?;
    for protocol in ["tcp", "udp"] {
        let mut making = linker.instance(&name(&format!("sockets/{protocol}-create-socket")))?;
        refuse(&mut making, &[&format!("create-{protocol}-socket")])?;
    }
    Ok(())
}

/// Each of these functions answers that it is not allowed.
fn refuse(interface: &mut LinkerInstance<'_, State>, functions: &[&str]) -> Result<()> {
    for function in functions {
        interface.func_new_async(function, deny)?;
    }
    Ok(())
}

type Answering<'a> = Box<dyn Future<Output = Result<()>> + Send + 'a>;

/// Answers that it is not allowed, in the words of the function's own list of errors.
fn deny<'a>(
    store: StoreContextMut<'a, State>,
    function: ComponentFunc,
    given: &'a [Val],
    answers: &'a mut [Val],
) -> Answering<'a> {
    Box::new(async move {
        let_go(store, given).await?;
        if let (Some(Type::Result(answer)), [first]) = (function.results().next(), answers)
            && let Some(Type::Enum(errors)) = answer.err()
            && let Some(word) = errors.names().find(|word| DENIED.contains(word))
        {
            *first = Val::Result(Err(Some(Box::new(Val::Enum(word.to_owned())))));
            return Ok(());
        }
        // What has no such answer belongs to a file or a socket, and nobody can have one.
        Err(wasmtime::format_err!("a plugin has no files and no sockets"))
    })
}

/// Answers that an error of a stream was none of files or sockets.
fn nothing<'a>(
    store: StoreContextMut<'a, State>,
    _: ComponentFunc,
    given: &'a [Val],
    answers: &'a mut [Val],
) -> Answering<'a> {
    Box::new(async move {
        let_go(store, given).await?;
        if let [first] = answers {
            *first = Val::Option(None);
        }
        Ok(())
    })
}

/// Gives back what was lent for the call.
async fn let_go(mut store: StoreContextMut<'_, State>, given: &[Val]) -> Result<()> {
    for value in given {
        if let Val::Resource(handle) = value {
            handle.resource_drop_async(&mut store).await?;
        }
    }
    Ok(())
}
