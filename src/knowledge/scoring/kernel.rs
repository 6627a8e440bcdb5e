//! How near the texts nearest to a question are to each other.

use super::index::{ByFeature, Idfs, Index, Norms, Stored};
use super::rank::{Shares, WORD_SHARE};
use super::table::nearness;

/// A text of the kernel: its id, itself, and how long its vectors are now.
pub(super) type Member<'a> = (u32, &'a Stored, Norms);

/// From one text in so many on, a processor is faster with all of a row than with those that have a feature.
const DENSE_SHARE: usize = 3;

/// A feature of one text.
struct Feature {
    /// Among those of all texts.
    number: u32,
    /// Which text.
    at: u32,
    weight: f32,
}

/// How near each of these texts is to each other, row by row.
pub(super) fn kernel(index: &Index, idfs: &mut Idfs<'_>, near: &[Member<'_>], shares: Shares) -> Vec<f32> {
    let n = near.len();
    let mut kernel = vec![0.0; n * n];
    for (row, (id, text, _)) in near.iter().enumerate() {
        for (column, (other, ..)) in near[..row].iter().enumerate() {
            kernel[row * n + column] = by_meaning(index, *id, *other, shares);
        }
        // Of a text to itself: what its letters share with themselves is all of them.
        let share = |counts: &super::analysis::Counts, share: f32| if counts.is_empty() { 0.0 } else { share };
        let letters = share(&text.words, WORD_SHARE) + share(&text.grams, 1.0 - WORD_SHARE);
        kernel[row * n + row] = by_meaning(index, *id, *id, shares) + shares.letters() * letters;
    }
    let mut all = vec![0.0; n];
    for (feature, texts) in shared(near, shares.letters()) {
        let idf = idfs.of(feature).powi(2);
        if texts.len() * DENSE_SHARE < n {
            for (place, (row, weight)) in texts.iter().enumerate() {
                for (column, other) in &texts[..place] {
                    kernel[*row as usize * n + *column as usize] += weight * (other * idf);
                }
            }
        } else {
            // What most of them have is counted for all at once: those without it add nothing.
            all.fill(0.0);
            for (column, other) in &texts {
                all[*column as usize] = other * idf;
            }
            for (row, weight) in &texts {
                let row = *row as usize;
                for (cell, other) in kernel[row * n..row * n + row].iter_mut().zip(&all) {
                    *cell += weight * other;
                }
            }
        }
    }
    for row in 0..n {
        for column in 0..row {
            kernel[column * n + row] = kernel[row * n + column];
        }
    }
    kernel
}

/// What the meanings of two texts add to how near they are.
fn by_meaning(index: &Index, one: u32, other: u32, shares: Shares) -> f32 {
    let mut sum = 0.0;
    if shares.table > 0.0 {
        sum += shares.table * nearness(index.meaning(one), index.meaning(other));
    }
    if let Some(embeddings) = index.embeddings().filter(|_| shares.model > 0.0) {
        sum += shares.model * embeddings.nearness(embeddings.of(one), embeddings.of(other));
    }
    sum
}

/// The features that several of the texts have, each with those texts, in their order, and its weight in each.
fn shared(near: &[Member<'_>], letters_share: f32) -> Vec<(u32, Vec<(u32, f32)>)> {
    let mut numbers = ByFeature::<u32>::default();
    let (mut names, mut counts) = (Vec::new(), Vec::<u32>::new());
    let mut features = Vec::new();
    for (at, (_, text, norms)) in (0..).zip(near) {
        for (of_text, share, norm) in [
            (&text.words, WORD_SHARE, norms.words),
            (&text.grams, 1.0 - WORD_SHARE, norms.grams),
        ] {
            let scale = (letters_share * share).sqrt() / norm.max(f32::MIN_POSITIVE);
            for (name, count) in of_text.iter() {
                let number = *numbers.entry(name).or_insert_with(|| {
                    names.push(name);
                    counts.push(0);
                    u32::try_from(names.len() - 1).expect("a few texts have fewer features than that")
                });
                counts[number as usize] += 1;
                features.push(Feature {
                    number,
                    at,
                    weight: count * scale,
                });
            }
        }
    }
    let several = |number: &u32| counts[*number as usize] > 1;
    let mut places = vec![None; names.len()];
    let mut shared = Vec::new();
    for Feature { number, at, weight } in features.into_iter().filter(|feature| several(&feature.number)) {
        let place = *places[number as usize].get_or_insert_with(|| {
            let texts = Vec::with_capacity(counts[number as usize] as usize);
            shared.push((names[number as usize], texts));
            shared.len() - 1
        });
        shared[place].1.push((at, weight));
    }
    shared
}
