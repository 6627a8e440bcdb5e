//! Kernel ridge regression, one entry against all others, over the stored texts nearest to a question.
//!
//! With K the nearness of the texts to each other, k that of the question to them, and Y one column for each entry with 1
//! where a text is the entry's, the entries' scores are kᵀ(K + λW⁻¹)⁻¹Y, all of it centred: Saunders, Gammerman, Vovk,
//! "Ridge Regression Learning Algorithm in Dual Variables", 1998. Solved over the nearest texts only, so an edit counts at
//! once and the size of the base does not matter.

/// How much a text may be outvoted by those near to it. Chosen on the public question sets, where anything from 0.3 to 1
/// does about as well.
const LAMBDA: f32 = 0.5;

/// Below it a pivot is rounding.
const PIVOT_MIN: f32 = 1e-6;

/// Of the `weights.len()` nearest texts: how near each is to each other, row by row; how near the question is to each; how
/// much each counts; and whose each is. Answers the score of each of `owners`' numbers, which run from 0 to `count`.
pub(super) fn scores(
    mut kernel: Vec<f32>,
    question: &[f32],
    weights: &[f32],
    owners: &[usize],
    count: usize,
) -> Vec<f32> {
    let n = weights.len();
    if n == 0 {
        return vec![0.0; count];
    }
    let size = float(n);
    let means: Vec<f32> = kernel.chunks(n).map(|row| row.iter().sum::<f32>() / size).collect();
    let mean = means.iter().sum::<f32>() / size;
    for (row, own) in kernel.chunks_mut(n).zip(&means) {
        for (cell, other) in row.iter_mut().zip(&means) {
            *cell += mean - own - other;
        }
    }
    for (at, weight) in weights.iter().enumerate() {
        kernel[at * n + at] += LAMBDA / weight;
    }
    let question_mean = question.iter().sum::<f32>() / size;
    let mut duals: Vec<f32> = question
        .iter()
        .zip(&means)
        .map(|(near, own)| near - question_mean - own + mean)
        .collect();
    factor(&mut kernel, n);
    solve(&kernel, &mut duals);
    let total: f32 = duals.iter().sum();
    let mut scores = vec![0.0; count];
    let mut texts = vec![0.0; count];
    for (dual, owner) in duals.iter().zip(owners) {
        scores[*owner] += dual;
        texts[*owner] += 1.0;
    }
    for (score, texts) in scores.iter_mut().zip(texts) {
        *score += texts / size * (1.0 - total);
    }
    scores
}

/// Cholesky: the lower triangle of A becomes L, where A is L times its transpose.
fn factor(a: &mut [f32], n: usize) {
    for row in 0..n {
        let (above, here) = a.split_at_mut(row * n);
        for column in 0..row {
            let other = &above[column * n..=column * n + column];
            let sum = here[column] - dot(&here[..column], &other[..column]);
            here[column] = sum / other[column];
        }
        let pivot = here[row] - dot(&here[..row], &here[..row]);
        here[row] = pivot.max(PIVOT_MIN).sqrt();
    }
}

/// Solves Ax = b in place, with the L of A.
fn solve(l: &[f32], b: &mut [f32]) {
    let n = b.len();
    for row in 0..n {
        let sum = b[row] - dot(&l[row * n..row * n + row], &b[..row]);
        b[row] = sum / l[row * n + row];
    }
    for row in (0..n).rev() {
        b[row] /= l[row * n + row];
        let solved = b[row];
        for (other, factor) in b[..row].iter_mut().zip(&l[row * n..row * n + row]) {
            *other -= factor * solved;
        }
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Texts that are compared are a few dozen.
fn float(count: usize) -> f32 {
    super::analysis::bounded(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_solves_the_equations() {
        let a = vec![4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let wanted = [1.0, -2.0, 0.5];
        let mut b: Vec<f32> = a.chunks(3).map(|row| dot(row, &wanted)).collect();
        let mut l = a.clone();
        factor(&mut l, 3);
        solve(&l, &mut b);
        for (found, wanted) in b.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-5, "{b:?}");
        }
    }

    #[test]
    fn the_entry_whose_texts_are_near_scores_highest_and_scores_sum_to_one() {
        // Two texts of one entry, two of another; the question is near to the first two.
        let kernel = vec![
            1.0, 0.8, 0.1, 0.0, 0.8, 1.0, 0.0, 0.1, 0.1, 0.0, 1.0, 0.7, 0.0, 0.1, 0.7, 1.0,
        ];
        let scores = scores(kernel, &[0.9, 0.8, 0.1, 0.0], &[1.0; 4], &[0, 0, 1, 1], 2);
        assert!(scores[0] > 0.7 && scores[1] < 0.3, "{scores:?}");
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{scores:?}");
    }

    #[test]
    fn a_text_that_counts_less_moves_less() {
        let kernel = vec![1.0, 0.2, 0.2, 1.0];
        let with = |weight| scores(kernel.clone(), &[0.9, 0.3], &[weight, 1.0], &[0, 1], 2)[0];
        assert!(with(0.2) < with(1.0));
    }

    #[test]
    fn the_same_text_twice_and_no_text_at_all_are_borne() {
        let twice = scores(vec![1.0; 4], &[1.0, 1.0], &[1.0; 2], &[0, 1], 2);
        assert!((twice[0] - twice[1]).abs() < 1e-6, "{twice:?}");
        assert!(scores(Vec::new(), &[], &[], &[], 0).is_empty());
    }
}
