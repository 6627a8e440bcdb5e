//! What authors read when they are asked, and what owners read of questions that go on coming.

use crate::model::language::primary;

/// The texts of one language. `{community}` is its name, `{question}` is in the words of a member.
pub(super) struct Words {
    /// Where the author reads it alone; what they said stands below.
    asks: &'static str,
    /// The same without a question that is known.
    asks_of_something: &'static str,
    /// Where others read it, too: below what they said there.
    pub(super) asks_here: &'static str,
    pub(super) means: &'static str,
    pub(super) named: &'static str,
    pub(super) unnamed: &'static str,
    pub(super) no: &'static str,
    pub(super) thanks_named: &'static str,
    pub(super) thanks_unnamed: &'static str,
    pub(super) refused: &'static str,
    /// Somebody threw the draft away, or wrote it anew.
    pub(super) not_needed: &'static str,
    /// They had said yes before.
    pub(super) published: &'static str,
    reopened: &'static str,
    reopened_unnamed: &'static str,
}

impl Words {
    /// The question to an author who is alone with us.
    pub(super) fn asks(&self, question: &str) -> String {
        if question.is_empty() {
            self.asks_of_something.to_owned()
        } else {
            self.asks.replace("{question}", question)
        }
    }

    /// That people go on asking.
    pub(super) fn reopened(&self, question: Option<&str>) -> String {
        match question {
            Some(question) => self.reopened.replace("{question}", question),
            None => self.reopened_unnamed.to_owned(),
        }
    }
}

const ENGLISH: Words = Words {
    asks: "You answered “{question}” here, and others ask that, too. May your answer be among those that I give? This is what would be \
           used:",
    asks_of_something: "You answered a question here that others have, too. May your answer be among those that I give? This is what \
                        would be used:",
    asks_here: "That helped, and others ask it, too. May this answer be among those that I give?",
    means: "Somebody on staff reads it before, and may change it. If you say no, nothing of it is kept.",
    named: "Yes, with my name",
    unnamed: "Yes, without my name",
    no: "No",
    thanks_named: "Thank you! Once it is there, your name stands below it.",
    thanks_unnamed: "Thank you! It will be there without your name.",
    refused: "All right: it is not used, and nothing of it is kept.",
    not_needed: "Thank you. It is not needed any more, and nothing of it is kept.",
    published: "It is among my answers by now, as you allowed. If you want it out again, write to the staff: they take it out.",
    reopened: "People go on asking “{question}” although an answer was published two weeks ago: more than half as many as before. It is open \
               again under Knowledge, Unanswered questions.",
    reopened_unnamed: "People go on asking something although an answer was published two weeks ago: more than half as many as before. It is \
                       open again under Knowledge, Unanswered questions.",
};

const GERMAN: Words = Words {
    asks: "Sie haben hier „{question}“ beantwortet, und das fragen auch andere. Darf Ihre Antwort eine von denen werden, die ich gebe? \
           Das würde verwendet:",
    asks_of_something: "Sie haben hier eine Frage beantwortet, die auch andere haben. Darf Ihre Antwort eine von denen werden, die ich \
                        gebe? Das würde verwendet:",
    asks_here: "Das hat geholfen, und das fragen auch andere. Darf diese Antwort eine von denen werden, die ich gebe?",
    means: "Vorher liest sie jemand aus dem Team und ändert sie vielleicht. Wenn Sie Nein sagen, wird nichts davon aufbewahrt.",
    named: "Ja, mit meinem Namen",
    unnamed: "Ja, ohne meinen Namen",
    no: "Nein",
    thanks_named: "Danke! Sobald sie da ist, steht Ihr Name darunter.",
    thanks_unnamed: "Danke! Sie wird ohne Ihren Namen da sein.",
    refused: "In Ordnung: Sie wird nicht verwendet, und nichts davon wird aufbewahrt.",
    not_needed: "Danke. Sie wird nicht mehr gebraucht, und nichts davon wird aufbewahrt.",
    published: "Sie ist inzwischen unter meinen Antworten, wie Sie es erlaubt haben. Wenn sie wieder heraus soll, schreiben Sie dem Team: \
                Es nimmt sie heraus.",
    reopened: "„{question}“ wird weiter gefragt, obwohl seit zwei Wochen eine Antwort da ist: nicht halb so oft wie vorher. Unter \
               Knowledge, Unanswered questions ist es wieder offen.",
    reopened_unnamed: "Etwas wird weiter gefragt, obwohl seit zwei Wochen eine Antwort da ist: nicht halb so oft wie vorher. Unter \
                       Knowledge, Unanswered questions ist es wieder offen.",
};

const SPANISH: Words = Words {
    asks: "Usted respondió aquí a «{question}», y otras personas también lo preguntan. ¿Puede su respuesta ser una de las que doy? Se \
           usaría esto:",
    asks_of_something: "Usted respondió aquí a una pregunta que también tienen otras personas. ¿Puede su respuesta ser una de las que \
                        doy? Se usaría esto:",
    asks_here: "Eso ayudó, y otras personas también lo preguntan. ¿Puede esta respuesta ser una de las que doy?",
    means: "Antes la lee alguien del equipo, que quizá la cambie. Si dice que no, no se guarda nada de ella.",
    named: "Sí, con mi nombre",
    unnamed: "Sí, sin mi nombre",
    no: "No",
    thanks_named: "¡Gracias! Cuando esté, llevará su nombre debajo.",
    thanks_unnamed: "¡Gracias! Estará sin su nombre.",
    refused: "De acuerdo: no se usa, y no se guarda nada de ella.",
    not_needed: "Gracias. Ya no hace falta, y no se guarda nada de ella.",
    published: "Ya está entre mis respuestas, como usted permitió. Si quiere que se quite, escriba al equipo: la quitará.",
    reopened: "Se sigue preguntando «{question}» aunque hace dos semanas se publicó una respuesta: no ha bajado a la mitad. Vuelve a \
               estar abierta en Knowledge, Unanswered questions.",
    reopened_unnamed: "Se sigue preguntando algo aunque hace dos semanas se publicó una respuesta: no ha bajado a la mitad. Vuelve a \
                       estar abierto en Knowledge, Unanswered questions.",
};

const FRENCH: Words = Words {
    asks: "Vous avez répondu ici à « {question} », et d’autres le demandent aussi. Votre réponse peut-elle être une de celles que je \
           donne ? Voici ce qui serait repris :",
    asks_of_something: "Vous avez répondu ici à une question que d’autres se posent aussi. Votre réponse peut-elle être une de celles \
                        que je donne ? Voici ce qui serait repris :",
    asks_here: "Cela a aidé, et d’autres le demandent aussi. Cette réponse peut-elle être une de celles que je donne ?",
    means: "Quelqu’un de l’équipe la lit avant et la change peut-être. Si vous dites non, rien n’en est gardé.",
    named: "Oui, avec mon nom",
    unnamed: "Oui, sans mon nom",
    no: "Non",
    thanks_named: "Merci ! Une fois publiée, elle portera votre nom.",
    thanks_unnamed: "Merci ! Elle sera publiée sans votre nom.",
    refused: "D’accord : elle n’est pas reprise, et rien n’en est gardé.",
    not_needed: "Merci. On n’en a plus besoin, et rien n’en est gardé.",
    published: "Elle est désormais parmi mes réponses, comme vous l’avez permis. Si vous voulez la retirer, écrivez à l’équipe : elle le \
                fera.",
    reopened: "On continue de demander « {question} » alors qu’une réponse est publiée depuis deux semaines : pas moitié moins \
               qu’avant. C’est de nouveau ouvert sous Knowledge, Unanswered questions.",
    reopened_unnamed: "On continue de demander quelque chose alors qu’une réponse est publiée depuis deux semaines : pas moitié moins \
                       qu’avant. C’est de nouveau ouvert sous Knowledge, Unanswered questions.",
};

const ARABIC: Words = Words {
    asks: "لقد أجبت هنا عن «{question}»، وغيرك يسأل عن ذلك أيضًا. هل يجوز أن تكون إجابتك من الإجابات التي أقدّمها؟ هذا ما سيُستخدم:",
    asks_of_something: "لقد أجبت هنا عن سؤال لدى آخرين أيضًا. هل يجوز أن تكون إجابتك من الإجابات التي أقدّمها؟ هذا ما سيُستخدم:",
    asks_here: "لقد ساعد ذلك، وغيرك يسأل عنه أيضًا. هل يجوز أن تكون هذه الإجابة من الإجابات التي أقدّمها؟",
    means: "يقرؤها أحد أعضاء الفريق قبل ذلك وقد يعدّلها. إذا قلت لا فلن يُحفظ منها شيء.",
    named: "نعم، مع اسمي",
    unnamed: "نعم، بدون اسمي",
    no: "لا",
    thanks_named: "شكرًا! عند نشرها سيظهر اسمك تحتها.",
    thanks_unnamed: "شكرًا! ستُنشر بدون اسمك.",
    refused: "حسنًا: لن تُستخدم ولن يُحفظ منها شيء.",
    not_needed: "شكرًا. لم تعد هناك حاجة إليها ولن يُحفظ منها شيء.",
    published: "هي الآن من إجاباتي كما سمحت. إذا أردت إزالتها فاكتب إلى الفريق ليزيلها.",
    reopened: "ما زال الناس يسألون «{question}» رغم نشر إجابة قبل أسبوعين، ولم ينخفض العدد إلى النصف. السؤال مفتوح من جديد تحت \
               Knowledge, Unanswered questions.",
    reopened_unnamed: "ما زال الناس يسألون عن أمر رغم نشر إجابة قبل أسبوعين، ولم ينخفض العدد إلى النصف. السؤال مفتوح من جديد تحت \
                       Knowledge, Unanswered questions.",
};

/// The texts for a BCP 47 tag, English where we have none.
pub(super) fn words(language: &str) -> &'static Words {
    match primary(language) {
        "de" => &GERMAN,
        "es" => &SPANISH,
        "fr" => &FRENCH,
        "ar" => &ARABIC,
        _ => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_names_the_question_where_it_is_known() {
        for language in ["en", "de-AT", "es", "fr", "ar", "xx"] {
            let words = words(language);
            assert!(words.asks("Where?").contains("Where?"), "{language}");
            assert!(words.reopened(Some("Where?")).contains("Where?"), "{language}");
            for text in [words.asks(""), words.reopened(None)] {
                assert!(!text.is_empty() && !text.contains('{'), "{text}");
            }
        }
        assert_eq!(words("xx").no, "No");
    }
}
