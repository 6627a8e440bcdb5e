//! The texts in Spanish.

use super::Words;

pub(super) const SPANISH: Words = Words {
    link_help: "Decir que una cuenta en otra plataforma también es suya",
    unlink_help: "Sacar esta cuenta de las que están vinculadas",
    code_label: "El código que recibió en la otra plataforma",
    only_direct: "Eso solo funciona en un chat directo, donde nadie más lee. Escríbamelo allí.",
    code_in_public: "Un código que otros pueden leer no vale nada, así que este ya no funciona. Escríbame /link en un chat directo y \
                     recibirá uno nuevo.",
    send_code: "Para vincular otra cuenta suya con esta, escríbame esto desde allí, en un chat directo y en menos de diez minutos:",
    keep_code: "No se lo dé a nadie: quien lo escribe cuenta como usted. Pregunto antes de vincular nada.",
    code_entered: "Se ha escrito su código. No se vincula nada antes de un sí desde allí.",
    code_dead: "Este código ya no funciona.",
    no_code: "Ese código no funciona: quizá esté mal escrito, ya se usó o tiene más de diez minutos. Escriba /link con su otra cuenta \
              y recibirá uno nuevo.",
    too_many_codes: "Fueron demasiados códigos que no funcionan. Inténtelo de nuevo dentro de una hora.",
    own_code: "Ese es el código de esta misma cuenta. Escríbalo con la otra.",
    linked_already: "Estas dos cuentas ya están vinculadas.",
    too_many_accounts: "No se pueden vincular más de diez cuentas. Saque antes una con /unlink.",
    too_many_links: "Una cuenta se puede vincular diez veces al día, y una de estas ya lo fue. Inténtelo de nuevo mañana. /unlink \
                     funciona siempre.",
    asks: "¿Es {one} también usted?",
    asks_known: "Los nombres se eligen libremente, así que compruebe: su identificador allí es {id}; aquí se conoce desde {since}; mensajes para mí: {messages}; lugares: {places}.",
    asks_means: "Si dice que sí, el equipo de aquí ve que ambas cuentas son suyas y lo que se dijo en ellas. Nadie más lo ve, y puede \
                 deshacerlo con /unlink. Si alguien le dio el código, diga que no.",
    yes: "Sí, soy yo",
    no: "No",
    not_open: "Esa pregunta ya no está abierta y no se vinculó nada con ella. Escriba /link con su otra cuenta y recibirá un código \
               nuevo.",
    linked: "Hecho: {one} y esta cuenta están vinculadas. /unlink lo deshace.",
    linked_by_code: "{one} ha escrito su código: esa cuenta y esta están ahora vinculadas. Si no fue usted, dígalo abajo.",
    added: "Desde ahora, estas cuentas también están vinculadas con la suya: {others}. Si no es correcto, escriba /unlink: saca esta \
            cuenta.",
    not_me: "No fui yo",
    not_linked_with: "Hecho: esa cuenta no está vinculada con la suya.",
    refused: "De acuerdo, no se vinculó nada.",
    refused_there: "Se escribió su código, pero la respuesta fue no. No se vinculó nada.",
    not_linked: "Esta cuenta no está vinculada con ninguna otra. /link la vincula.",
    asks_unlink: "Esta cuenta está vinculada con {others}. Si la saca, el equipo de aquí deja de ver que también son suyas. Lo que se \
                  dijo queda donde se dijo. ¿Saco esta cuenta?",
    shall_unlink: "¿Saco esta cuenta?",
    yes_unlink: "Sacar esta cuenta",
    no_unlink: "Dejarla vinculada",
    unlinked: "Hecho: esta cuenta ya no está vinculada con ninguna otra.",
    stays_linked: "De acuerdo, todo queda como está.",
    may_act: "Desde ahora, esta cuenta puede actuar aquí en nombre de {one}, con los derechos de propietario de la consola: /plugin funciona en \
              este chat. Si no fue usted, escriba /unlink.",
    end_acts: "Retirar el permiso",
    acts: "Esta cuenta puede actuar aquí en nombre de un propietario de la consola. Si la saca, ya no podrá.",
    acts_no_more: "Esta cuenta ya no actúa en nombre de un propietario de la consola.",
    nameless: "alguien sin nombre",
    and: "y",
    on_web: "en el chat web",
    on_terminal: "en la terminal",
    on: "en",
};
