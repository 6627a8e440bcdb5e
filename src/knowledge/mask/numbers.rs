//! Numbers that are somebody's: of phones, orders, accounts and cards. Years, versions, ports, amounts and addresses of computers are
//! nobody's, and stay.

use super::has_words;

pub(super) const PHONE: &str = "[phone number]";
pub(super) const CARD: &str = "[card number]";
pub(super) const ACCOUNT: &str = "[account number]";
pub(super) const NUMBER: &str = "[number]";

/// All that stand for a number.
pub(super) const ALL: [&str; 4] = [PHONE, CARD, ACCOUNT, NUMBER];

/// So many digits in a row are no year, no port and no amount that people write out.
pub(super) const DIGITS_MIN: usize = 6;

/// Fewer digits are no order, whatever stands before them.
const ORDER_DIGITS_MIN: usize = 3;

/// Longer numbers are several, or none.
const DIGITS_MAX: usize = 40;

/// So many with dashes between them are one number. Amounts that people write in groups have fewer.
const JOINED_DIGITS_MIN: usize = 9;

/// The word "order" says of the next few words that they are one.
const ORDER_WORDS_BEHIND: u32 = 3;

/// What is called by a number, in small letters, or how its word begins.
const ORDER_WORDS: &[&str] = &[
    "account",
    "booking",
    "customer",
    "invoice",
    "order",
    "reservation",
    "ticket",
    "tracking", // English
    "auftrag",
    "bestell",
    "buchung",
    "kunde",
    "rechnung",
    "sendung",
    "vorgang", // German
    "cliente",
    "factura",
    "pedido",
    "reserva",
    "seguimiento", // Spanish
    "client",
    "commande",
    "dossier",
    "facture",
    "réservation",
    "suivi", // French
    "fattura",
    "ordine",
    "prenotazione",
    "encomenda",
    "fatura", // Italian, Portuguese
    "bestelling",
    "factuur",
    "klant",
    "faktur",
    "klient",
    "zamówien", // Dutch, Polish
    "sipariş",
    "rezervasyon",
    "заказ",
    "клиент",
    "счет",
    "счёт", // Turkish, Russian
    "طلب",
    "الطلب",
    "فاتورة",
    "الفاتورة", // Arabic
];

/// What is called, and how long ago that was said.
#[derive(Default)]
pub(super) struct Numbers {
    /// Words that may still be the number of an order.
    order: u32,
}

/// A digit in whichever script.
pub(super) fn digit(letter: char) -> Option<u32> {
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    zeros.into_iter().find_map(|zero| {
        let value = u32::from(letter).checked_sub(u32::from(zero))?;
        (value < 10).then_some(value)
    })
}

impl Numbers {
    /// What was looked at, and whether something stands for it.
    pub(super) fn passed(&mut self, text: &str, masked: bool) {
        if masked || text.contains(['\n', '!', '?', ';']) {
            self.order = 0;
        } else if text.chars().any(char::is_alphanumeric) {
            let word = text.to_lowercase();
            let begins = ORDER_WORDS.iter().any(|order| word.starts_with(order));
            self.order = match word.as_str() {
                _ if begins => ORDER_WORDS_BEHIND,
                // "in order to"
                "to" => 0,
                _ => self.order.saturating_sub(1),
            };
        }
    }

    /// How long the number is that the text begins with, and what stands for it; none when it stays.
    pub(super) fn number(&self, rest: &str) -> Option<(usize, Option<&'static str>)> {
        if let Some(length) = account(rest) {
            return Some((length, Some(ACCOUNT)));
        }
        if let Some(run) = Run::read(rest) {
            return Some(run.judged(self.order > 0));
        }
        let length = code(rest, self.order > 0)?;
        Some((length, Some(NUMBER)))
    }
}

/// Digits with what people write between them.
struct Run<'a> {
    text: &'a str,
    digits: Vec<u32>,
    /// Digits between two separators.
    groups: Vec<usize>,
}

impl<'a> Run<'a> {
    /// None when no number begins here, or when letters are part of it.
    fn read(rest: &'a str) -> Option<Self> {
        let opens = |letter: char| matches!(letter, '+' | '(' | '#');
        let number = rest.trim_start_matches(opens);
        let opened = rest.len() - number.len();
        if opened > 2 || !number.starts_with(|letter| digit(letter).is_some()) {
            return None;
        }
        let (mut digits, mut groups, mut end) = (Vec::new(), vec![0], opened);
        let mut between = 0;
        for (at, letter) in number.char_indices() {
            if let Some(value) = digit(letter).filter(|_| digits.len() < DIGITS_MAX) {
                if between > 0 {
                    groups.push(0);
                }
                between = 0;
                digits.push(value);
                *groups.last_mut()? += 1;
                end = opened + at + letter.len_utf8();
            } else if matches!(letter, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')') && between < 2 {
                between += 1;
            } else {
                break;
            }
        }
        let next = rest[end..].chars().next();
        let goes_on = next.is_some_and(|next| next.is_alphabetic() && has_words(next));
        (!goes_on).then(|| Self {
            text: &rest[..end],
            digits,
            groups,
        })
    }

    fn judged(&self, is_order: bool) -> (usize, Option<&'static str>) {
        let (count, all) = (self.digits.len(), self.text.len());
        if (13..=19).contains(&count) && luhn(&self.digits) {
            return (all, Some(CARD));
        }
        if self.is_public() {
            return (all, None);
        }
        if self.is_phone() {
            return (all, Some(PHONE));
        }
        let order = is_order && (self.groups[0] >= ORDER_DIGITS_MIN || count >= DIGITS_MIN);
        let joined = self.text.contains(['-', '/']);
        if joined && ((order && count >= DIGITS_MIN) || count >= JOINED_DIGITS_MIN) {
            return (all, Some(NUMBER));
        }
        // Several numbers with spaces between them: each is looked at for itself.
        let start = self.text.find(|letter| digit(letter).is_some()).unwrap_or(0);
        let ends = self.text[start..].find(|letter| digit(letter).is_none());
        let first = start + ends.unwrap_or(all - start);
        let long = self.groups[0] >= DIGITS_MIN;
        let named = self.text.starts_with('#') && self.groups[0] > ORDER_DIGITS_MIN;
        (first, (long || named || order).then_some(NUMBER))
    }

    /// With a country, with the zero before an area, or in groups as they are written where there is neither.
    fn is_phone(&self) -> bool {
        let count = self.digits.len();
        let international = self.text.starts_with('+') || self.digits.starts_with(&[0, 0]);
        let area = self.digits.starts_with(&[0]) || self.text.starts_with('(');
        let grouped = match self.groups[..] {
            [3, 3, 4] | [1, 3, 3, 4] | [2, 2, 2, 2] | [3, 2, 3] => true,
            [3, 3, 3] | [3, 2, 2, 2] => self.digits[0] >= 6,
            _ => false,
        };
        (international && (8..=15).contains(&count)) || (area && (8..=13).contains(&count)) || grouped
    }

    /// `2026-08-01 14`, `01.08.2026`, `192.168.100.20`, `1.000.000`: a moment, an address of a computer, an amount.
    fn is_public(&self) -> bool {
        if self.text.starts_with('+') {
            return false;
        }
        let groups = &self.groups[..];
        let date = matches!(groups, [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..])
            && groups[3..].iter().all(|digits| *digits <= 2);
        let address = groups.len() == 4
            && groups.iter().all(|digits| *digits <= 3)
            && self.text.contains('.')
            && !self.text.contains([' ', '-', '/', '(']);
        let amount = groups.len() > 1
            && self.digits.len() < JOINED_DIGITS_MIN
            && (1..=3).contains(&groups[0])
            && self.digits[0] != 0
            && groups[1..].iter().all(|digits| *digits == 3)
            && !self.text.contains(['-', '/', '(', '+']);
        date || address || amount
    }
}

/// The check digit of cards.
fn luhn(digits: &[u32]) -> bool {
    let doubled = |(at, value): (usize, &u32)| match (at % 2, value * 2) {
        (0, _) => *value,
        (_, twice) => twice / 10 + twice % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    sum.is_multiple_of(10)
}

/// An IBAN, with or without spaces.
fn account(rest: &str) -> Option<usize> {
    let begins = rest.as_bytes();
    let head = begins.len() > 4
        && begins[..2].iter().all(u8::is_ascii_alphabetic)
        && begins[2..4].iter().all(u8::is_ascii_digit);
    if !head {
        return None;
    }
    let (mut letters, mut end) = (Vec::new(), 0);
    for (at, letter) in rest.char_indices() {
        if letter.is_ascii_alphanumeric() && letters.len() < 34 {
            letters.push(letter.to_ascii_uppercase());
            if letters.len() >= 15 && checks(&letters) && !next_goes_on(rest, at + 1) {
                end = at + 1;
            }
        } else if letter != ' ' || rest[at..].starts_with("  ") {
            break;
        }
    }
    (end > 0).then_some(end)
}

fn next_goes_on(rest: &str, at: usize) -> bool {
    rest[at..].chars().next().is_some_and(char::is_alphanumeric)
}

/// ISO 7064, modulo 97.
fn checks(letters: &[char]) -> bool {
    let (head, tail) = letters.split_at(4);
    let mut rest = 0;
    for letter in tail.iter().chain(head) {
        let value = letter.to_digit(36).unwrap_or(0);
        let shifted = if value < 10 { rest * 10 } else { rest * 100 };
        rest = (shifted + value) % 97;
    }
    rest == 1
}

/// Letters and digits that name one thing: behind the word "order", or with more digits than any other word has.
fn code(rest: &str, is_order: bool) -> Option<usize> {
    let rest_of = rest.strip_prefix('#').unwrap_or(rest);
    let of_code = |letter: char| (letter.is_alphanumeric() && has_words(letter)) || matches!(letter, '-' | '_');
    let end = rest_of.find(|letter| !of_code(letter)).unwrap_or(rest_of.len());
    let word = rest_of[..end].trim_end_matches(['-', '_']);
    let digits = word.chars().filter_map(digit).count();
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    // An error's number is everybody's.
    let hexadecimal = word.starts_with("0x") || word.starts_with("0X");
    let wanted = if is_order { ORDER_DIGITS_MIN } else { DIGITS_MIN };
    (letters > 0 && digits >= wanted && !hexadecimal).then_some(rest.len() - rest_of.len() + word.len())
}
