//! How what a model gives for a text becomes one vector.

use super::EmbedError;
use super::folder::{Manifest, Pooling};

/// One vector of what came out for a text.
pub(super) fn pooled(manifest: &Manifest, shape: &[i64], numbers: &[f32]) -> Result<Vec<f32>, EmbedError> {
    let wide = manifest.dimensions;
    let as_expected = match manifest.pooling {
        Pooling::None => shape.len() == 2,
        Pooling::Mean | Pooling::Cls => shape.len() == 3 && shape[1] > 0,
    };
    let last = shape.last().copied().unwrap_or_default();
    if !as_expected || shape[0] != 1 || usize::try_from(last) != Ok(wide) {
        let what = format!("its output has the shape {shape:?}; is `pooling` or `dimensions` of the manifest wrong?");
        return Err(EmbedError(what));
    }
    Ok(match manifest.pooling {
        // Only its direction counts, so the sum will do.
        Pooling::Mean => {
            let mut sum = vec![0.0; wide];
            for token in numbers.chunks_exact(wide) {
                for (sum, number) in sum.iter_mut().zip(token) {
                    *sum += number;
                }
            }
            sum
        }
        Pooling::Cls | Pooling::None => numbers[..wide].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn manifest(pooling: Pooling) -> Manifest {
        Manifest {
            name: "small".to_owned(),
            dimensions: 2,
            tokens_max: 8,
            pooling,
            question_prefix: String::new(),
            stored_prefix: String::new(),
            sha256: BTreeMap::new(),
        }
    }

    #[test]
    fn tokens_become_one_vector_as_the_manifest_says() {
        let numbers = [1.0, 2.0, 3.0, 4.0];
        let of = |pooling, shape: &[i64]| pooled(&manifest(pooling), shape, &numbers).ok();
        assert_eq!(of(Pooling::Mean, &[1, 2, 2]), Some(vec![4.0, 6.0]));
        assert_eq!(of(Pooling::Cls, &[1, 2, 2]), Some(vec![1.0, 2.0]));
        assert_eq!(of(Pooling::None, &[1, 2]), Some(vec![1.0, 2.0]));
    }

    #[test]
    fn another_shape_than_the_manifest_says_is_an_error() {
        for (pooling, shape) in [
            (Pooling::Mean, &[1, 2][..]),
            (Pooling::Mean, &[2, 1, 2]),
            (Pooling::Mean, &[1, 1, 4]),
            (Pooling::Mean, &[1, 0, 2]),
            (Pooling::Cls, &[]),
            (Pooling::None, &[1, 2, 2]),
            (Pooling::None, &[1, 3]),
        ] {
            let EmbedError(why) = pooled(&manifest(pooling), shape, &[0.0; 4]).unwrap_err();
            assert!(why.contains("shape"), "{why}");
        }
    }
}
