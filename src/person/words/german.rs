//! The texts in German.

use super::Words;

pub(super) const GERMAN: Words = Words {
    link_help: "Sagen, dass ein Konto auf einer anderen Plattform auch Ihres ist",
    unlink_help: "Dieses Konto aus den verbundenen herausnehmen",
    code_label: "Der Code von der anderen Plattform",
    only_direct: "Das geht nur im direkten Chat, wo niemand mitliest. Schreiben Sie es mir dort.",
    code_in_public: "Ein Code, den andere lesen können, taugt nichts; dieser gilt deshalb nicht mehr. Schreiben Sie mir /link im \
                     direkten Chat, dann bekommen Sie einen neuen.",
    send_code: "Um ein weiteres Ihrer Konten mit diesem zu verbinden, schreiben Sie mir dort innerhalb von zehn Minuten im \
                direkten Chat:",
    keep_code: "Geben Sie den Code niemandem: Wer ihn eingibt, gilt als Sie. Bevor etwas verbunden wird, frage ich nach.",
    code_entered: "Ihr Code wurde eingegeben. Verbunden wird erst, wenn dort zugestimmt wird.",
    code_dead: "Dieser Code gilt nicht mehr.",
    no_code: "Dieser Code gilt nicht: Vielleicht ist er vertippt, schon benutzt oder älter als zehn Minuten. Schreiben Sie mit \
              Ihrem anderen Konto /link, dann bekommen Sie einen neuen.",
    too_many_codes: "Das waren zu viele Codes, die nicht gelten. Versuchen Sie es in einer Stunde wieder.",
    own_code: "Das ist der Code dieses Kontos. Geben Sie ihn im anderen ein.",
    linked_already: "Diese beiden Konten sind schon verbunden.",
    too_many_accounts: "Mehr als zehn Konten lassen sich nicht verbinden. Nehmen Sie erst eines mit /unlink heraus.",
    too_many_links: "Ein Konto lässt sich zehnmal am Tag verbinden, und eines von diesen wurde es. Versuchen Sie es morgen wieder. \
                     /unlink geht jederzeit.",
    asks: "Sind Sie auch {one}?",
    asks_known: "Namen sind frei gewählt, sehen Sie also nach: Kennung dort {id}; hier bekannt seit {since}; Nachrichten an mich: {messages}; Orte: {places}.",
    asks_means: "Wenn Sie zustimmen, sieht das Team hier, dass beide Konten Ihre sind, und was mit beiden gesagt wurde. Sonst sieht \
                 es niemand, und mit /unlink machen Sie es rückgängig. Hat Ihnen jemand den Code gegeben, lehnen Sie ab.",
    yes: "Ja, das bin ich",
    no: "Nein",
    not_open: "Diese Frage ist nicht mehr offen, und es wurde nichts durch sie verbunden. Schreiben Sie mit Ihrem anderen Konto \
               /link, dann bekommen Sie einen neuen Code.",
    linked: "Erledigt: {one} und dieses Konto sind verbunden. /unlink macht es rückgängig.",
    linked_by_code: "{one} hat Ihren Code eingegeben: Jenes Konto und dieses sind jetzt verbunden. Wenn Sie das nicht waren, \
                     sagen Sie es unten.",
    added: "Von jetzt an sind auch diese Konten mit Ihrem verbunden: {others}. Wenn das nicht stimmt, schreiben Sie /unlink: Das \
            nimmt dieses Konto heraus.",
    not_me: "Das war ich nicht",
    not_linked_with: "Erledigt: Jenes Konto ist nicht mit Ihrem verbunden.",
    refused: "In Ordnung, es wurde nichts verbunden.",
    refused_there: "Ihr Code wurde eingegeben, aber dort wurde abgelehnt. Es wurde nichts verbunden.",
    not_linked: "Dieses Konto ist mit keinem anderen verbunden. /link verbindet es.",
    asks_unlink: "Dieses Konto ist verbunden mit {others}. Wenn Sie es herausnehmen, sieht das Team hier nicht mehr, dass auch sie \
                  Ihre sind. Was gesagt wurde, bleibt, wo es gesagt wurde. Soll ich dieses Konto herausnehmen?",
    shall_unlink: "Soll ich dieses Konto herausnehmen?",
    yes_unlink: "Konto herausnehmen",
    no_unlink: "Verbunden lassen",
    unlinked: "Erledigt: Dieses Konto ist mit keinem anderen mehr verbunden.",
    stays_linked: "In Ordnung, alles bleibt, wie es ist.",
    may_act: "Dieses Konto darf hier ab jetzt für {one} handeln, mit den Rechten des Eigentümers in der Konsole: /plugin geht in diesem Chat. \
              Wenn Sie das nicht waren, schreiben Sie /unlink.",
    end_acts: "Zurücknehmen",
    acts: "Dieses Konto darf hier für einen Eigentümer der Konsole handeln. Wenn Sie es herausnehmen, darf es das nicht mehr.",
    acts_no_more: "Dieses Konto handelt nicht mehr für einen Eigentümer der Konsole.",
    nameless: "ein Gast ohne Namen",
    and: "und",
    on_web: "im Web-Chat",
    on_terminal: "im Terminal",
    on: "bei",
};
