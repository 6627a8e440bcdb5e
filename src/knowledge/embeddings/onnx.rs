//! Runs a model of a folder with ONNX Runtime, whose library is loaded when the program starts.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::ep;
use ort::logging::LogLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, Tensor, TensorElementType, ValueType};
use tokenizers::{Tokenizer, TruncationParams};

use super::folder::{MODEL, Manifest, ModelFolder, Pooling, RUNTIME, TOKENIZER};
use super::pooling::pooled;
use super::trial::{CHARS_PER_TOKEN_MAX, tried};
use super::{EmbedError, Embedder, OpenError, Role, Settings};
use crate::knowledge::scoring::{Embedding, Space};

/// Names the library where neither configuration nor folder do; what the crate that loads it documents.
const RUNTIME_VARIABLE: &str = "ORT_DYLIB_PATH";

/// What a model may ask for.
#[derive(Clone, Copy, Debug)]
enum Input {
    Ids,
    /// Which tokens count: all, because a text is read alone.
    Mask,
    /// Which sentence a token is of: there is one.
    Types,
}

/// A model of a folder.
pub(super) struct OnnxModel {
    manifest: Manifest,
    space: Space,
    tokenizer: Tokenizer,
    inputs: Vec<(String, Input)>,
    /// Which of its outputs counts.
    output: usize,
    /// One text at a time: more at once take longer for each.
    session: Mutex<Session>,
}

impl fmt::Debug for OnnxModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxModel")
            .field("name", &self.manifest.name)
            .finish_non_exhaustive()
    }
}

impl OnnxModel {
    pub(super) fn open(settings: &Settings) -> Result<Self, OpenError> {
        let folder = ModelFolder::read(&settings.folder)?;
        let tokenizer = tokenizer(&folder)?;
        let runtime = runtime(settings, &folder);
        let unusable = |why: String| OpenError::File { file: MODEL, why };
        let session = session(&runtime, &folder.model, settings.threads)?;
        let inputs = session.inputs().iter().map(input).collect::<Result<_, _>>();
        let mut model = Self {
            inputs: inputs.map_err(unusable)?,
            output: output(session.outputs(), folder.manifest.pooling),
            space: Space {
                model: folder.digest,
                dimensions: folder.manifest.dimensions,
                unrelated: 0.0,
            },
            manifest: folder.manifest,
            tokenizer,
            session: Mutex::new(session),
        };
        let tokens_max = model.manifest.tokens_max;
        model.space.unrelated = tried(tokens_max, |text| model.numbers(text, Role::Stored))?;
        Ok(model)
    }

    fn numbers(&self, text: &str, role: Role) -> Result<Vec<f32>, EmbedError> {
        let prefix = match role {
            Role::Question => &self.manifest.question_prefix,
            Role::Stored => &self.manifest.stored_prefix,
        };
        let chars = text.chars().take(self.manifest.tokens_max * CHARS_PER_TOKEN_MAX);
        let text: String = prefix.chars().chain(chars).collect();
        let encoded = self.tokenizer.encode_fast(text, true).map_err(failed)?;
        let ids: Vec<i64> = encoded.get_ids().iter().map(|id| i64::from(*id)).collect();
        if ids.is_empty() {
            return Ok(vec![0.0; self.manifest.dimensions]);
        }
        let tokens = ids.len();
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for (name, input) in &self.inputs {
            let numbers = match input {
                Input::Ids => ids.clone(),
                Input::Mask => vec![1; tokens],
                Input::Types => vec![0; tokens],
            };
            let tensor = Tensor::from_array(([1, tokens], numbers)).map_err(failed)?;
            inputs.push((Cow::from(name.as_str()), SessionInputValue::from(tensor)));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(failed)?;
        let (shape, numbers) = outputs[self.output].try_extract_tensor::<f32>().map_err(failed)?;
        pooled(&self.manifest, shape, numbers)
    }
}

impl Embedder for OnnxModel {
    fn name(&self) -> &str {
        &self.manifest.name
    }

    fn space(&self) -> Space {
        self.space
    }

    fn embed(&self, text: &str, role: Role) -> Result<Option<Embedding>, EmbedError> {
        Ok(Embedding::of(&self.numbers(text, role)?))
    }
}

/// It reads no more than the model can, and fills nothing up.
fn tokenizer(folder: &ModelFolder) -> Result<Tokenizer, OpenError> {
    let unusable = |error: tokenizers::Error| OpenError::File {
        file: TOKENIZER,
        why: error.to_string(),
    };
    let mut tokenizer = Tokenizer::from_bytes(&folder.tokenizer).map_err(unusable)?;
    tokenizer.with_padding(None);
    let cut = TruncationParams {
        max_length: folder.manifest.tokens_max,
        ..TruncationParams::default()
    };
    tokenizer.with_truncation(Some(cut)).map_err(unusable)?;
    Ok(tokenizer)
}

/// The library. A name without a folder is looked for where the system has its libraries.
fn runtime(settings: &Settings, folder: &ModelFolder) -> PathBuf {
    let named = settings.runtime.clone().or_else(|| folder.runtime.clone());
    let named = named.or_else(|| {
        std::env::var_os(RUNTIME_VARIABLE)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    });
    let Some(named) = named else { return RUNTIME.into() };
    // Otherwise it would be looked for beside the program.
    std::path::absolute(&named).unwrap_or(named)
}

fn session(runtime: &Path, model: &[u8], threads: usize) -> Result<Session, OpenError> {
    let no_runtime = |error: &dyn fmt::Display| OpenError::Runtime(error.to_string());
    let environment = ort::init_from(runtime).map_err(|error| no_runtime(&error))?;
    let environment = environment
        .with_telemetry(false)
        .build()
        .map_err(|error| no_runtime(&error))?;
    let build = || -> ort::Result<Session> {
        let mut builder = Session::builder(&environment)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?
            // Idle threads sleep: texts come now and then.
            .with_intra_op_spinning(false)?
            // Texts differ in length, and memory that is kept for each length is never given back.
            .with_memory_pattern(false)?
            .with_execution_providers([ep::CPU::default().with_arena_allocator(false).build()])?
            .with_log_level(LogLevel::Error)?;
        builder.commit_from_memory(model)
    };
    build().map_err(|error| OpenError::File {
        file: MODEL,
        why: error.to_string(),
    })
}

fn input(outlet: &Outlet) -> Result<(String, Input), String> {
    let name = outlet.name();
    let input = match name {
        "input_ids" => Input::Ids,
        "attention_mask" => Input::Mask,
        "token_type_ids" => Input::Types,
        _ => return Err(format!("it wants the input `{name}`")),
    };
    match outlet.dtype() {
        ValueType::Tensor {
            ty: TensorElementType::Int64,
            ..
        } => Ok((name.to_owned(), input)),
        _ => Err(format!("it wants `{name}` in other numbers than int64")),
    }
}

/// By the names that exporters give; else the first.
fn output(outputs: &[Outlet], pooling: Pooling) -> usize {
    let names: &[&str] = match pooling {
        Pooling::None => &["sentence_embedding"],
        Pooling::Mean | Pooling::Cls => &["last_hidden_state", "token_embeddings"],
    };
    let known = outputs.iter().position(|output| names.contains(&output.name()));
    known.unwrap_or(0)
}

fn failed(error: impl fmt::Display) -> EmbedError {
    EmbedError(error.to_string())
}
