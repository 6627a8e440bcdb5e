//! The texts in French.

use super::Words;

pub(super) const FRENCH: Words = Words {
    link_help: "Dire qu’un compte sur une autre plateforme est aussi le vôtre",
    unlink_help: "Retirer ce compte de ceux qui sont liés",
    code_label: "Le code reçu sur l’autre plateforme",
    only_direct: "Cela ne marche qu’en discussion directe, où personne d’autre ne lit. Écrivez-le-moi là-bas.",
    code_in_public: "Un code que d’autres peuvent lire ne vaut rien ; celui-ci ne fonctionne donc plus. Écrivez-moi /link en \
                     discussion directe et vous en recevrez un nouveau.",
    send_code: "Pour lier un autre de vos comptes à celui-ci, écrivez-moi ceci depuis l’autre, en discussion directe et dans les dix \
                minutes :",
    keep_code: "Ne le donnez à personne : qui le saisit compte comme vous. Je demande avant de lier quoi que ce soit.",
    code_entered: "Votre code a été saisi. Rien n’est lié avant un oui de ce côté-là.",
    code_dead: "Ce code ne fonctionne plus.",
    no_code: "Ce code ne fonctionne pas : il est peut-être mal saisi, déjà utilisé ou vieux de plus de dix minutes. Écrivez /link \
              avec votre autre compte et vous en recevrez un nouveau.",
    too_many_codes: "Cela faisait trop de codes qui ne fonctionnent pas. Réessayez dans une heure.",
    own_code: "C’est le code de ce compte même. Saisissez-le avec l’autre.",
    linked_already: "Ces deux comptes sont déjà liés.",
    too_many_accounts: "On ne peut pas lier plus de dix comptes. Retirez-en d’abord un avec /unlink.",
    too_many_links: "Un compte peut être lié dix fois par jour, et l’un de ceux-ci l’a été. Réessayez demain. /unlink fonctionne à tout \
                     moment.",
    asks: "Êtes-vous aussi {one} ?",
    asks_known: "Un nom se choisit librement, alors vérifiez : son identifiant là-bas est {id} ; connu ici depuis {since} ; messages pour moi : {messages} ; lieux : {places}.",
    asks_means: "Si vous dites oui, l’équipe d’ici voit que les deux comptes sont les vôtres, et ce qui a été dit sur chacun. Personne \
                 d’autre ne le voit, et /unlink l’annule. Si quelqu’un vous a donné le code, dites non.",
    yes: "Oui, c’est moi",
    no: "Non",
    not_open: "Cette question n’est plus ouverte, et rien n’a été lié par elle. Écrivez /link avec votre autre compte et vous recevrez \
               un nouveau code.",
    linked: "C’est fait : {one} et ce compte sont liés. /unlink l’annule.",
    linked_by_code: "{one} a saisi votre code : ce compte-là et celui-ci sont maintenant liés. Si ce n’était pas vous, dites-le \
                     ci-dessous.",
    added: "Désormais, ces comptes sont aussi liés au vôtre : {others}. Si ce n’est pas juste, écrivez /unlink : cela retire ce \
            compte-ci.",
    not_me: "Ce n’était pas moi",
    not_linked_with: "C’est fait : ce compte-là n’est pas lié au vôtre.",
    refused: "D’accord, rien n’a été lié.",
    refused_there: "Votre code a été saisi, mais la réponse était non. Rien n’a été lié.",
    not_linked: "Ce compte n’est lié à aucun autre. /link le lie.",
    asks_unlink: "Ce compte est lié à {others}. Si vous le retirez, l’équipe d’ici ne voit plus que ces comptes sont aussi les vôtres. \
                  Ce qui a été dit reste où cela a été dit. Dois-je retirer ce compte ?",
    shall_unlink: "Dois-je retirer ce compte ?",
    yes_unlink: "Retirer ce compte",
    no_unlink: "Le laisser lié",
    unlinked: "C’est fait : ce compte n’est plus lié à aucun autre.",
    stays_linked: "D’accord, tout reste comme c’est.",
    may_act: "Désormais, ce compte peut agir ici pour {one}, avec les droits de propriétaire de la console : /plugin fonctionne dans cette \
              discussion. Si ce n’était pas vous, écrivez /unlink.",
    end_acts: "Retirer ce droit",
    acts: "Ce compte peut agir ici pour un propriétaire de la console. Si vous le retirez, il ne le pourra plus.",
    acts_no_more: "Ce compte n’agit plus pour un propriétaire de la console.",
    nameless: "une personne sans nom",
    and: "et",
    on_web: "dans le chat du site",
    on_terminal: "dans le terminal",
    on: "sur",
};
