//! What those read who are no owners, or write where others read along, in their language. What owners read is the installer's, and
//! the same everywhere.

use crate::model::language::primary;

/// The texts of one language.
pub(super) struct Words {
    /// The line of the platforms' menus.
    pub(super) help: &'static str,
    pub(super) what: &'static str,
    pub(super) only_direct: &'static str,
    pub(super) not_owner: &'static str,
    /// To those who cannot let their account act for them, as it is none.
    pub(super) visitor: &'static str,
}

/// Those in which there are texts; English first.
pub(super) const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "ar"];

const ENGLISH: Words = Words {
    help: "For owners: the plugins here",
    what: "For example: list, or info switchboard/faq",
    only_direct: "That goes only in a direct chat, where nobody reads along. Write it to me there.",
    not_owner: "That is for the owners of this community. If you are one, let this account act for you first: write `/link` here, and \
                enter the code in the console under Settings, at “Your accounts in chats”.",
    visitor: "That is for the owners of this community, in the console or by the bot on Discord or Telegram: a visitor of a web page is known \
              by that browser alone, and so can act for no owner.",
};

const GERMAN: Words = Words {
    help: "Für Eigentümer: die Plugins hier",
    what: "Zum Beispiel: list, oder info switchboard/faq",
    only_direct: "Das geht nur im direkten Chat, wo niemand mitliest. Schreiben Sie es mir dort.",
    not_owner: "Das ist für die Eigentümer dieser Community. Wenn Sie einer sind, lassen Sie erst dieses Konto für sich handeln: \
                Schreiben Sie hier `/link`, und geben Sie den Code in der Konsole unter Settings bei „Your accounts in chats“ ein.",
    visitor: "Das ist für die Eigentümer dieser Community, in der Konsole oder beim Bot auf Discord oder Telegram: Wer eine Webseite \
              besucht, ist nur an diesem Browser zu erkennen und kann darum für keinen Eigentümer handeln.",
};

const SPANISH: Words = Words {
    help: "Para propietarios: los plugins de aquí",
    what: "Por ejemplo: list, o info switchboard/faq",
    only_direct: "Eso solo funciona en un chat directo, donde nadie más lee. Escríbamelo allí.",
    not_owner: "Eso es para los propietarios de esta comunidad. Si usted es uno, deje primero que esta cuenta actúe en su nombre: \
                escriba aquí `/link` e introduzca el código en la consola, en Settings, en «Your accounts in chats».",
    visitor: "Eso es para los propietarios de esta comunidad, en la consola o con el bot en Discord o Telegram: a quien visita una página \
              web solo se le reconoce por ese navegador, y por eso no puede actuar en nombre de ningún propietario.",
};

const FRENCH: Words = Words {
    help: "Pour les propriétaires : les plugins d’ici",
    what: "Par exemple : list, ou info switchboard/faq",
    only_direct: "Cela ne marche qu’en discussion directe, où personne d’autre ne lit. Écrivez-le-moi là-bas.",
    not_owner: "C’est réservé aux propriétaires de cette communauté. Si vous en êtes un, laissez d’abord ce compte agir pour vous : \
                écrivez ici `/link`, et saisissez le code dans la console, sous Settings, à « Your accounts in chats ».",
    visitor: "C’est réservé aux propriétaires de cette communauté, dans la console ou auprès du bot sur Discord ou Telegram : qui visite \
              une page web n’est connu que par ce navigateur, et ne peut donc agir pour aucun propriétaire.",
};

const ARABIC: Words = Words {
    help: "للمالكين: الإضافات هنا",
    what: "مثلًا: list أو info switchboard/faq",
    only_direct: "هذا ممكن فقط في محادثة مباشرة لا يقرؤها أحد غيرك. اكتبه لي هناك.",
    not_owner: "هذا لمالكي هذا المجتمع. إن كنت منهم فاسمح أولًا لهذا الحساب بأن يتصرف نيابةً عنك: اكتب هنا `/link`، ثم أدخل الرمز في لوحة \
                التحكم تحت Settings عند «Your accounts in chats».",
    visitor: "هذا لمالكي هذا المجتمع، في لوحة التحكم أو لدى البوت على Discord أو Telegram: فزائر صفحة الويب لا يُعرف إلا بهذا المتصفح، \
              ولذلك لا يمكنه أن يتصرف نيابةً عن مالك.",
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
    fn every_language_says_where_an_account_is_let() {
        for language in ["en", "de-AT", "es", "fr", "ar", "xx"] {
            let words = words(language);
            for part in ["`/link`", "Settings", "Your accounts in chats"] {
                assert!(words.not_owner.contains(part), "{language}: {part}");
            }
            // Discord takes no longer line into its menus.
            assert!(words.help.chars().count() <= 100 && words.what.chars().count() <= 100);
        }
    }
}
