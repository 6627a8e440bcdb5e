//! Little words, and the words of greetings and thanks, in the languages whose grouping was looked at by hand.
//!
//! In any other language each word counts as one that tells. As in [`fold`], marks and apostrophes make no difference.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::knowledge::scoring::fold;

/// Words of one language that say nothing of what a question is about.
pub(super) struct Known {
    pub(super) language: &'static str,
    /// In questions of all kinds.
    pub(super) little: HashSet<String>,
    /// In greetings and wishes beside those of [`HELLO`] and [`THANKS`], and elsewhere too.
    pub(super) kind: HashSet<String>,
}

/// What a greeting is made of, in all languages.
pub(super) static HELLO: LazyLock<HashSet<String>> = LazyLock::new(|| {
    set(
        "hello hi hey hiya heya howdy greetings hallo moin servus grüezi bonjour bonsoir salut coucou hola buenas ciao \
         salve buongiorno buonasera olá oi hoi goedemorgen goedemiddag goedenavond привет здравствуйте здравствуй \
         приветствую cześć hej witam witajcie",
    )
});

/// What else is said for the sake of kindness: thanks, wishes, excuses.
pub(super) static THANKS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    set(
        "thanks thank thx ty cheers appreciate appreciated hope hoping wish wishing regards sincerely sorry excuse danke dank \
         hoffe hoffentlich wünsche grüße gruß grüßen mfg lg entschuldigung entschuldigt merci remercie espère cordialement \
         salutations désolé désolée excusez pardon gracias espero saludos perdón disculpa disculpen grazie spero saluti scusa \
         scusate obrigado obrigada abraço abraços desculpe desculpa bedankt hoop groet groeten groetjes спасибо благодарю \
         надеюсь желаю уважением извините простите dziękuję dzięki pozdrawiam pozdrowienia przepraszam",
    )
});

/// What begins a greeting, and is any word elsewhere.
pub(super) static GOOD: LazyLock<HashSet<String>> = LazyLock::new(|| {
    set(
        "good dear guten gute liebe lieber sehr bon bonne cher chère chers buenos querido querida queridos buon buona caro cara \
         cari bom boa caros goede beste добрый доброе доброго уважаемые дорогие dzień dobry drodzy",
    )
});

/// Who is greeted, where that is none in particular. As much a kind word of its language.
pub(super) static ADDRESSED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    set(
        "there all everybody everyone team folks guys sir madam zusammen alle allen leute damen herren tous toutes équipe todos \
         todas equipo tutti tutte squadra pessoal equipe equipa allemaal iedereen всем ребята друзья команда wszyscy wszystkim \
         państwo zespół",
    )
});

/// By language.
pub(super) static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |(language, little, kind): &(&'static str, &str, &str)| Known {
        language,
        little: set(little),
        kind: set(kind),
    };
    LISTS.iter().map(known).collect()
});

fn set(words: &str) -> HashSet<String> {
    words.split_whitespace().map(fold).collect()
}

const LISTS: &[(&str, &str, &str)] = &[
    (
        "en",
        "a able about again all also am an and any anyone anything are as at be been being but by can cannot cant come comes \
         coming could currently did do does doesnt dont for from get getting give go goes going got guys had has have having he \
         help her here him his how hows i id if ill im in info information instead into is isnt it its ive just know let like \
         many may me might more much must my need no not now of off ok on one only or our out over own please pls really she \
         should since so some somebody someone something still take tell than that thats the their them then there theres these \
         they thing things this those to too tried try trying u up ur us use using very via wanna want wanted wants was way \
         ways we well were what whats when where which while who whom whos whose why will with within without wondering wont \
         would yes yet you your youre",
        "good morning afternoon evening day dear everybody everyone all folks guys team there doing well fine nice great \
         wonderful lovely weekend week today advance lot lots kind kindly best bye bother bothering disturb question quick again \
         sir madam",
    ),
    (
        "de",
        "aber alle als also am an auch auf aus bei beim bin bis bitte brauche da das dass dein deine dem den denn der des die \
         dies diese dieser dieses doch du durch eigentlich ein eine einem einen einer eines er es etwas euch euer eure finde \
         für gern gerne geht gibt habe haben hat hast hätte hier hilfe ich ihm ihn ihr ihre im in ins irgendwie ist ja jemand \
         kann kannst kein keine können könnt könnte man mein meine meinem meinen meiner mich mir mit möchte muss müssen nach \
         nicht noch nur ob oder ohne schon sich sie sind so soll über um und uns unser unsere vom von vor wann war warum was \
         weiß welche welcher welches wenn wer werden wie will wir wird wo woher wohin wollen würde zu zum zur",
        "guten gute morgen tag abend liebe lieber liebes zusammen alle allen team leute geht gut schönen schöne schönes \
         wochenende woche heute vielen herzlichen besten voraus freundlichen freundliche störung frage kurze bitte sehr geehrte \
         damen herren",
    ),
    (
        "fr",
        "a ai ainsi au aux avec avez avoir c ce cela ces cet cette chez combien comment d dans de des dois doit du elle en est \
         et être eu fait faire faut il ils j je l la le les leur lui m ma mais me mes mon n ne nous on ont ou où par pas peut \
         peuvent peux plus pour pourquoi pourrais pouvez puis qu quand que quel quelle quelles quels qui quoi s sa se ses si \
         sil son sont sur svp t ta tes toi ton tout très trouve trouver tu un une va vais veux voudrais vos votre vous y",
        "cher chère chers tous toutes monde équipe allez bien va bonne belle bon journée soirée semaine beaucoup avance \
         déranger question plaît",
    ),
    (
        "es",
        "a al algo alguien algún alguna con como cómo cual cuál cuáles cuando cuándo cuanto cuánto cuánta de del desde donde \
         dónde e el él ella ellos en entre era eres es esa ese eso esta está están este esto estoy favor fue ha hace hacer \
         hacia hasta hay la las le les lo los más me mi mis mucho muy necesito no nos nuestro o os otra otro para pero podéis \
         podría por porque puede pueden puedo que qué quien quién quiero quisiera saber se ser si sí sin sobre son soy su sus \
         también te tengo ti tiene tienen tienes toda todo tu tú tus un una unos usted ustedes y ya yo",
        "buenos buenas días tardes noches querido querida queridos todos todas equipo estén bien buen buena día fin semana \
         muchas antemano cordiales molestia molestar pregunta favor",
    ),
    (
        "it",
        "a ad ai al alla alle anche avete c che chi ci cí come con cosa cui d da dal dalla dei del della delle devo di dove e è \
         ed essere fa fare fra gli ha hai hanno ho i il in io l la le lei lo loro ma me mi mia mio ne nel nella no noi non o \
         per perché più posso può qual quale quali quando quanto questa questo qui se sei si sì sono su sua suo sul te ti tra \
         trovo tu tuo un una uno vi voglio voi vorrei",
        "buona buon giorno giornata serata caro cara cari tutti tutte squadra stiate stia bene mille molte anticipo cordiali \
         disturbo domanda favore prego",
    ),
    (
        "pt",
        "a ao aos as até com como da das de dela dele do dos e é ela ele em essa esse esta está este eu fazer foi há isso isto \
         já lhe mais mas me meu meus minha muito na não nas no nos nós o onde os ou para pela pelo pode podem posso por porque \
         preciso qual quais quando quanto que quem quero se sem ser seu sobre sua são tem tenho ter um uma vocês você vou",
        "bom boa dia tarde noite caro cara caros todos todas pessoal equipe equipa estejam bem muito antecipadamente \
         cumprimentos incomodar pergunta favor",
    ),
    (
        "nl",
        "aan al alle als ben bij dan dat de deze die dit doen door dus een en er ga gaan gaat geen graag haar had heb hebben \
         hebt heeft het hier hij hoe hun ik in is iemand iets ja je jij jouw jullie kan kun kunnen maar mag me meer men met mij \
         mijn moet na naar niet nog nu of om omdat onder ons onze ook op over te toch tot u uit van veel vind voor waar waarom \
         wanneer was wat we wel welk welke wie wij wil worden wordt zal ze zich zij zijn zo zonder zou",
        "dag goede beste allemaal iedereen team goed fijne mooie avond weekend week wel alvast vriendelijke storen vraag \
         alstublieft alsjeblieft",
    ),
    (
        "ru",
        "а без бы был была были быть в вам вами вас ваш ваша ваше ваши весь во вот все всё вы где да для до его ее её если \
         есть еще ещё же за и из или им их к как какая какие какой ко когда кого кому кто куда ли лучше мне могу может можете \
         можно мой моя моё мою мы на над надо нам нас наш находится не нет ни нибудь но ну нужно о об он она они от откуда \
         очень по под пожалуйста помогите почему при про с свой свою своё себя сколько со так также такой там тебя то тоже \
         только ты у уже хотел хочу чего чем что чтобы эта эти это этот я",
        "день дня утро утра вечер вечера дорогие уважаемые всем ребята друзья команда хорошо хорошего большое огромное заранее \
         беспокойство вопрос",
    ),
    (
        "pl",
        "a aby ale bardzo bez bo być by była było co czy dla dlaczego do gdy gdzie go i ich ile im inne inny ja jak jaka jaki \
         jakie jako je jego jej jest jestem już kiedy kto która które który ma mam mi mnie mogę może można mój moja moje mój \
         na nad nam nas nie nich nim niż o od on ona oni po pod ponieważ poza proszę przez przy się są skąd swoje ta tak także \
         tam te tego tej ten to tu ty tylko tym u w we więc wszystko wy z za ze że",
        "dzień dobry wieczór drodzy wszyscy wszystkim państwo zespół nadzieję dobrze miłego dnia weekendu góry pytanie",
    ),
];
