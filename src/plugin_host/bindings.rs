//! The contract in `plugins/sdk/wit`, as Rust sees it from the host's side.

#![expect(
    missing_docs,
    reason = "generated from plugins/sdk/wit/plugin.wit, which is documented"
)]

wasmtime::component::bindgen!({
    path: "plugins/sdk/wit",
    world: "plugin",
    imports: {
        "switchboard:plugin/log.write": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    additional_derives: [PartialEq, serde::Deserialize, serde::Serialize],
});
