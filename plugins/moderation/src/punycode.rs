//! Names of sites as people see them: `xn--` labels are decoded by RFC 3492. Pure.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_SIGN: u32 = 128;

/// The host with each of its labels as it is shown; one that cannot be decoded stays as it is.
pub(crate) fn shown(host: &str) -> String {
    let labels = host.split('.').map(|label| {
        let coded = label.strip_prefix("xn--");
        coded.and_then(decoded).unwrap_or_else(|| label.to_owned())
    });
    labels.collect::<Vec<_>>().join(".")
}

fn decoded(coded: &str) -> Option<String> {
    let (plain, rest) = coded.rsplit_once('-').unwrap_or(("", coded));
    if !plain.is_ascii() || coded.len() > 63 {
        return None;
    }
    let mut out: Vec<char> = plain.chars().collect();
    let (mut sign, mut at, mut bias) = (FIRST_SIGN, 0_u32, FIRST_BIAS);
    let mut digits = rest.bytes().peekable();
    while digits.peek().is_some() {
        let begin = at;
        let (mut weight, mut step) = (1_u32, BASE);
        loop {
            let digit = value(digits.next()?)?;
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let threshold = step.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            step += BASE;
        }
        let count = u32::try_from(out.len()).ok()? + 1;
        bias = adapted(at - begin, count, begin == 0);
        sign = sign.checked_add(at / count)?;
        at %= count;
        out.insert(usize::try_from(at).ok()?, char::from_u32(sign)?);
        at += 1;
    }
    Some(out.into_iter().collect())
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'a'..=b'z' => Some(u32::from(digit - b'a')),
        b'A'..=b'Z' => Some(u32::from(digit - b'A')),
        b'0'..=b'9' => Some(u32::from(digit - b'0') + 26),
        _ => None,
    }
}

fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coded_labels_are_shown_as_they_look() {
        for (host, expected) in [
            ("xn--bcher-kva.example", "bücher.example"),
            ("xn--80ak6aa92e.com", "аррӏе.com"),
            ("www.xn--fiqs8s", "www.中国"),
            ("example.org", "example.org"),
        ] {
            assert_eq!(shown(host), expected);
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays() {
        for odd in ["xn--", "xn--!", "xn--99999999999", "xn--a-\u{e4}"] {
            let shown = shown(odd);
            assert!(shown == odd || shown.is_empty(), "{odd}: {shown}");
        }
    }
}
