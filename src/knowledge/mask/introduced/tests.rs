//! Who says their name, in several languages, and what is none.

use super::*;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(introduced(text), expected, "{text}");
}

#[test]
fn who_says_a_name_is_called_so() {
    check("Hi, my name is Joanna Miller and I need help", &["Joanna Miller"]);
    check("my name's Jean-Luc.", &["Jean-Luc"]);
    check("My name is Mary Ann O'Neil, hi", &["Mary Ann O'Neil"]);
    check("My name is Will. Can I come?", &["Will"]);
    check("I'm Joanna, and I’m new here", &["Joanna"]);
    check("i am Joanna and it does not work", &["Joanna"]);
    check("Ich heiße Joanna und suche das Büro", &["Joanna"]);
    check("Mein Name ist Ludwig van Beethoven.", &["Ludwig van Beethoven"]);
    check("Ich bin Joanna Müller, guten Tag", &["Joanna Müller"]);
    check("Bonjour, je m’appelle Zoé Dupont", &["Zoé Dupont"]);
    check("je suis Zoé", &["Zoé"]);
    check("Hola, me llamo María José y tengo una pregunta", &["María José"]);
    check("soy Carlos", &["Carlos"]);
    check("Mi chiamo Chiara, sono nuova", &["Chiara"]);
    check("O meu nome é João", &["João"]);
    check("Ik heet Jan de Vries", &["Jan de Vries"]);
    check("Nazywam się Łukasz Nowak", &["Łukasz Nowak"]);
    check("Merhaba, benim adım Ayşe", &["Ayşe"]);
    check("Меня зовут Иван Петров, здравствуйте", &["Иван Петров"]);
    check("Merhaba, adım Ayşe. Nasıl girerim?", &["Ayşe"]);
    check("اسمي محمد وعندي سؤال", &["محمد"]);
    check("اسمي هو محمد", &["محمد"]);
    check("مرحبا، اسمي محمد أحمد، كيف أدخل؟", &["محمد أحمد"]);
    check("اسمي محمد أحمد", &["محمد أحمد"]);
    check("اسمي محمد شكرا", &["محمد"]);
}

#[test]
fn a_name_that_breaks_off_is_known_as_far_as_it_goes() {
    check("My name is Ludwig van\nBeethoven", &["Ludwig"]);
    check("Me llamo Carlos de", &["Carlos"]);
    check("Ich bin Student der", &[]);
}

#[test]
fn a_name_may_be_in_capital_letters() {
    check("Je m'appelle Jean DUPONT, bonjour", &["Jean DUPONT"]);
    check("je suis Jean DUPONT", &["Jean DUPONT"]);
    check("My name is JOANNA and I need HELP", &["JOANNA"]);
    check("Where is it?\nRegards,\nJOANNA MILLER", &["JOANNA MILLER"]);
    check("My name is Joanna VIP", &["Joanna"]);
}

#[test]
fn a_name_may_be_written_with_its_marks_apart() {
    check(
        "Mein Name ist Jo\u{308}rg Mu\u{308}ller.",
        &["Jo\u{308}rg Mu\u{308}ller"],
    );
    check("je m'appelle E\u{301}lise", &["E\u{301}lise"]);
}

#[test]
fn who_closes_with_a_name_is_called_so() {
    check("Where is it?\nKind regards,\nJoanna Miller", &["Joanna Miller"]);
    check("Where is it? regards, Joanna", &["Joanna"]);
    check("Best regards Joanna Miller.", &["Joanna Miller"]);
    check("Where is it? Best, J. Miller", &["J. Miller"]);
    check("Thanks\nJoanna", &["Joanna"]);
    check("Best regards, Joanna Miller Support", &["Joanna Miller"]);
    check("Kind regards, Anna Moderator", &["Anna"]);
    check("Regards, Tom Friend", &["Tom Friend"]);
    check("Viele Grüße\nJoanna", &["Joanna"]);
    check("Mit freundlichen Grüßen, Joanna Müller", &["Joanna Müller"]);
    check("Cordialement, Zoé", &["Zoé"]);
    check("Un saludo, Carlos", &["Carlos"]);
    check("Pozdrawiam, Ewa", &["Ewa"]);
    check("С уважением, Анна", &["Анна"]);
}

#[test]
fn what_is_no_name_is_none() {
    for text in [
        "I'm Sorry, that was wrong",
        "I'm In Berlin",
        "I'm Trying to log in",
        "I'm German",
        "I'm not sure. I am here.",
        "I'M SORRY THE APP FAILS",
        "my name is required",
        "My Name Is Required",
        "my name is not shown",
        "What is the name of it? My name is",
        "Ich bin Student und suche Hilfe",
        "Ich heiße Sie willkommen",
        "ich bin neu hier",
        "je suis Français",
        "je suis perdu",
        "me llamo así",
        "soy nuevo",
        "sono Italiano",
        "Regards, everybody",
        "Best, Team",
        "Best Practice",
        "Which is best, Windows or Mac?",
        "Which one is best, Windows?",
        "Thanks, Windows starts again",
        "Thanks, I will",
        "Thanks! Great",
        "with regards to Discord and its limits",
        "Grüße an Joanna und alle",
        "Merci, je cherche",
        "меня зовут не так",
        "tummy name is Bob",
        "Thanks, Support!",
        "Kind regards,\nHarborlight Support",
        "Merci, Discord !",
        "Best regards, Admin",
        "Thanks,\nBest Regards",
        "Vielen Dank,\nViele Grüße",
        "Cheers, Moderators",
        "I'm Support",
        "please call me ASAP",
        "my name is WRONG in the list",
        "I'm New HERE",
        "I'm Running WINDOWS",
        "اسمي لا يظهر",
        "اسمي ليس في القائمة",
        "اسمي غير صحيح",
        "2. adım Ayarlar menüsünü açın",
        "2) Adım Ayarlar menüsü",
        "son adım Ayarlar menüsü",
        "Adım Adım Kurulum",
        "",
    ] {
        check(text, &[]);
    }
}

#[test]
fn few_names_are_taken_of_a_text_that_is_full_of_them() {
    let names = (0..100).map(|number| format!("my name is A{}. ", "b".repeat(number + 1)));
    assert_eq!(introduced(&names.collect::<String>()).len(), INTRODUCED_MAX);
}
