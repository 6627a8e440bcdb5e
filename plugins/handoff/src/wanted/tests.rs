//! What must hand over, and what must not.

use super::*;

#[track_caller]
fn check(expected: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(language(text, expected), Some(expected), "{text}");
        // Whoever set no language asks just as well.
        assert!(language(text, "xx").is_some(), "{text}");
    }
}

#[test]
fn a_person_is_asked_for_in_english() {
    check(
        "en",
        &[
            "I want to talk to a human",
            "I want to talk to a human about billing",
            "can I speak to somebody about what you wrote, not to a bot",
            "is anybody real there?",
            "can I speak to someone please",
            "human",
            "agent please!",
            "get me a real person",
            "I need a person",
            "could you transfer me to an operator",
            "is anyone there?",
            "let me chat with a live agent",
            "OPERATOR",
            "put me through to somebody",
            "I'd like to speak with a representative",
            "can a human help me? I need someone",
            "please escalate this to a supervisor",
            "talk to support",
            "no more bots!!",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_german() {
    check(
        "de",
        &[
            "Ich möchte mit einem Menschen sprechen",
            "Mensch bitte",
            "kann ich mit jemandem reden?",
            "Ich brauche einen Mitarbeiter",
            "Bitte verbinde mich mit einem Berater",
            "ist da jemand?",
            "ich will einen echten Menschen",
            "Holen Sie bitte einen Kollegen",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_spanish() {
    check(
        "es",
        &[
            "quiero hablar con una persona",
            "una persona, por favor",
            "necesito un agente",
            "¿puedo hablar con alguien?",
            "pásame con un humano",
            "atención al cliente",
            "quisiera hablar con una persona de verdad",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_french() {
    check(
        "fr",
        &[
            "je veux parler à quelqu'un",
            "un humain s'il vous plaît",
            "je voudrais parler à une vraie personne",
            "j'ai besoin d'un conseiller",
            "passez-moi un conseiller",
            "puis-je discuter avec un agent ?",
            "il y a quelqu'un ?",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_arabic() {
    check(
        "ar",
        &[
            "أريد التحدث مع شخص حقيقي",
            "أحتاج موظف",
            "شخص من فضلك",
            "حولني إلى موظف",
            "هل يمكنني التحدث إلى إنسان؟",
            "هل يوجد أحد؟",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_portuguese_and_italian() {
    check(
        "pt",
        &[
            "quero falar com uma pessoa",
            "preciso de um atendente",
            "posso falar com alguém?",
            "atendente, por favor",
            "tem alguém aí?",
        ],
    );
    check(
        "it",
        &[
            "vorrei parlare con una persona",
            "operatore",
            "ho bisogno di un operatore umano",
            "posso parlare con qualcuno?",
            "una persona vera, per favore",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_dutch_and_swedish() {
    check(
        "nl",
        &[
            "ik wil met een mens praten",
            "mag ik iemand spreken?",
            "een medewerker alstublieft",
            "verbind me met een collega",
            "is daar iemand?",
        ],
    );
    check(
        "sv",
        &[
            "jag vill prata med en människa",
            "kan jag få tala med någon?",
            "en riktig person tack",
            "jag behöver en handläggare",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_slavic_languages() {
    check(
        "pl",
        &[
            "chcę porozmawiać z człowiekiem",
            "poproszę konsultanta",
            "połącz mnie z konsultantem",
            "czy jest tam ktoś?",
        ],
    );
    check(
        "ru",
        &[
            "хочу поговорить с человеком",
            "оператор",
            "позовите оператора",
            "соедините меня с сотрудником",
            "мне нужен живой человек",
        ],
    );
    check(
        "uk",
        &[
            "хочу поговорити з людиною",
            "покличте оператора",
            "потрібна жива людина",
            "з'єднайте мене з оператором",
        ],
    );
}

#[test]
fn a_person_is_asked_for_in_turkish_chinese_and_japanese() {
    check(
        "tr",
        &[
            "bir insanla konuşmak istiyorum",
            "müşteri temsilcisine bağlanmak istiyorum",
            "gerçek bir insan lütfen",
            "biriyle görüşebilir miyim?",
        ],
    );
    check("zh", &["转人工", "我要找人工客服", "可以跟真人聊吗", "帮我找个人"]);
    check(
        "ja",
        &[
            "人と話したいです",
            "オペレーターにつないでください",
            "担当者をお願いします",
            "誰かと話せますか",
        ],
    );
}

#[test]
fn talking_about_people_is_not_asking_for_one() {
    let texts = [
        "how do I add an agent",
        "what can an agent do in the console?",
        "how do visitors ask for a human",
        "how does the bot hand over to a person",
        "are you a human or a bot?",
        "I don't want to talk to a human",
        "please don't get a person",
        "which roles does an admin have",
        "how do I invite a moderator",
        "how many agents can answer at once",
        "is a person's data deleted",
        "does the plugin talk to an operator API",
        "what does the person plugin do",
        "how do I write my own plugin?",
        "someone told me it is free, is it?",
        "the person who installed it left",
        "can users call an agent by phone",
        "human readable logs",
        "user agent string is wrong",
        "how do members contact each other",
        "I need to change the person's name",
        "nobody should be able to contact staff about this",
        "what happens when somebody asks for a human",
        "how do I become a moderator",
        "what is an operator in the filter syntax",
        "where is the staff room",
        "I need the staff role",
        "hello everyone",
        "thanks, that helped",
        "what does it cost per person",
        "support for discord",
        "is there support for telegram?",
        "wie lade ich einen Mitarbeiter ein?",
        "was sieht ein Mitarbeiter in der Konsole",
        "Ich möchte nicht mit einem Menschen sprechen",
        "Welche Rollen hat ein Moderator?",
        "wie erreichen Besucher einen Menschen",
        "cómo invito a un agente",
        "no quiero hablar con una persona",
        "qué puede hacer un moderador",
        "comment ajouter un agent",
        "je ne veux pas parler à une personne",
        "que peut faire un conseiller",
        "كيف أضيف موظف",
        "لا أريد التحدث مع شخص",
        "como adiciono um agente",
        "non voglio parlare con una persona",
        "hoe voeg ik een medewerker toe",
        "jak dodać konsultanta",
        "как добавить оператора",
        "operatör nasıl eklenir",
        "怎么添加人工客服",
        "我不要人工客服",
        "オペレーターを追加したい",
        "talk about pricing",
        "can I chat here",
        "get me the installation guide",
        "I want to schedule a post for my staff members",
        "",
        "?!",
    ];
    for text in texts {
        for spoken in ["en", "de", "es", "xx"] {
            assert_eq!(language(text, spoken), None, "{text} as {spoken}");
        }
    }
}

#[test]
fn a_topic_is_a_whole_word() {
    assert!(holds(&fold("Our LAWYER will write"), &fold("lawyer")));
    assert!(holds(&fold("a data breach!"), &fold("data breach")));
    assert!(!holds(&fold("lawyers"), &fold("lawyer")));
    assert!(!holds("anything", ""));
}

#[test]
fn a_hostile_text_has_a_limited_cost() {
    let text = "want ".repeat(500_000);
    assert!(fold(&text).len() < 1_000);
    assert_eq!(language(&text, "en"), None);
}
