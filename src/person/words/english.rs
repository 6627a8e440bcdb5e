//! The texts in English.

use super::Words;

pub(super) const ENGLISH: Words = Words {
    link_help: "Say that an account on another platform is yours, too",
    unlink_help: "Take this account out of those that are linked",
    code_label: "The code that you got on the other platform",
    only_direct: "That goes only in a direct chat, where nobody reads along. Write it to me there.",
    code_in_public: "A code that others can read is worth nothing, so this one no longer works. Write /link to me in a \
                     direct chat, and you get a new one.",
    send_code: "To link another account of yours with this one, write this to me there, in a direct chat and within ten \
                minutes:",
    keep_code: "Give it to nobody: whoever enters it counts as you. I ask before anything is linked.",
    code_entered: "Your code was entered. Nothing is linked before a yes on that side.",
    code_dead: "This code no longer works.",
    no_code: "That code does not work: perhaps it is mistyped, was used, or is older than ten minutes. Write /link on your \
              other account, and you get a new one.",
    too_many_codes: "Those were too many codes that do not work. Try again in an hour.",
    own_code: "That is the code of this very account. Enter it on the other one.",
    linked_already: "These two accounts are linked already.",
    too_many_accounts: "More than ten accounts cannot be linked. Take one out with /unlink first.",
    too_many_links: "An account can be linked ten times within a day, and one of these was. Try again tomorrow. /unlink works at any \
                     time.",
    asks: "Is {one} you, too?",
    asks_known: "Names are chosen freely, so look: its id there is {id}; known here since {since}; messages to me: {messages}; places: {places}.",
    asks_means: "If you say yes, the staff here see that both accounts are yours, and what was said on either. Nobody else \
                 sees it, and you can undo it with /unlink. If somebody gave you the code, say no.",
    yes: "Yes, that is me",
    no: "No",
    not_open: "That question is no longer open, and nothing was linked by it. Write /link on your other account, and you get a new \
               code.",
    linked: "Done: {one} and this account are linked. /unlink undoes it.",
    linked_by_code: "{one} has entered your code: that account and this one are linked now. If that was not you, say so \
                     below.",
    added: "From now on these accounts are linked with yours, too: {others}. If that is not right, write /unlink: it takes this \
            account out.",
    not_me: "That was not me",
    not_linked_with: "Done: that account is not linked with yours.",
    refused: "All right, nothing was linked.",
    refused_there: "Your code was entered, but the answer was no. Nothing was linked.",
    not_linked: "This account is not linked with another one. /link links it.",
    asks_unlink: "This account is linked with {others}. If you unlink it, the staff here no longer see that they are yours, \
                  too. What was said stays where it was said. Shall I unlink this account?",
    shall_unlink: "Shall I unlink this account?",
    yes_unlink: "Unlink this account",
    no_unlink: "Leave it linked",
    unlinked: "Done: this account is not linked with any other now.",
    stays_linked: "All right, everything stays as it is.",
    may_act: "This account may act here for {one} from now on, an owner of the console: /plugin works in this chat. If that was not you, write \
              /unlink.",
    end_acts: "Take it back",
    acts: "This account may act here for an owner of the console. If you unlink it, it no longer may.",
    acts_no_more: "This account no longer acts for an owner of the console.",
    nameless: "a visitor without a name",
    and: "and",
    on_web: "in the web chat",
    on_terminal: "in the terminal",
    on: "on",
};
