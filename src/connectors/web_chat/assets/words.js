"use strict";
const WORDS = {
en: {
greet: "Hello! What would you like to know?", ex: ["What is Switchboard?", "How do I install a plugin?", "How do I connect Discord?"],
write: "Write a message", send: "Send", attach: "Attach a file", close: "Close the chat", log: "Conversation", you: "You",
connecting: "Connecting…", offline: "Offline. I keep trying.", typing: "is typing…", sending: "Sending…", sent: "Sent ✓", edited: "edited",
gone: "This message was deleted.", earlier: "Show earlier messages", edit: "Edit", del: "Delete", editing: "You are editing. Escape cancels.",
all: "For everyone", remove: "Remove", uploading: "Uploading…", pick: "Choose…", cancel: "Cancel",
too_long: "That is a little too long. Could you split it?", too_large: "That file is over 10 MB. A link would work.", too_fast: "That was quick. I will send it in a moment.",
later: "Not sent yet. I will try again by myself.", not_here: "The chat is closed here at the moment.", other: "That did not work. Please try once more.", full: "Five files fit in one message.", empty: "It is empty.", files_fast: "Many files at once. Please try again in a minute."
},
de: {
greet: "Hallo! Was möchten Sie wissen?", ex: ["Was ist Switchboard?", "Wie installiere ich ein Plugin?", "Wie verbinde ich Discord?"],
write: "Nachricht schreiben", send: "Senden", attach: "Datei anhängen", close: "Chat schließen", log: "Unterhaltung", you: "Sie",
connecting: "Verbinde…", offline: "Offline. Ich versuche es weiter.", typing: "schreibt…", sending: "Wird gesendet…", sent: "Gesendet ✓", edited: "bearbeitet",
gone: "Diese Nachricht wurde gelöscht.", earlier: "Frühere Nachrichten zeigen", edit: "Ändern", del: "Löschen", editing: "Sie ändern eine Nachricht. Escape bricht ab.",
all: "Für alle", remove: "Entfernen", uploading: "Wird hochgeladen…", pick: "Bitte wählen…", cancel: "Abbrechen",
too_long: "Das ist etwas zu lang. Können Sie es aufteilen?", too_large: "Die Datei hat mehr als 10 MB. Ein Link geht auch.", too_fast: "Das war schnell. Ich sende es gleich.",
later: "Noch nicht gesendet. Ich versuche es von selbst wieder.", not_here: "Der Chat ist hier gerade geschlossen.", other: "Das hat nicht geklappt. Bitte noch einmal.", full: "Fünf Dateien passen in eine Nachricht.", empty: "Das ist leer.", files_fast: "Viele Dateien auf einmal. Bitte in einer Minute noch einmal."
},
es: {
greet: "¡Hola! ¿Qué le gustaría saber?", ex: ["¿Qué es Switchboard?", "¿Cómo instalo un plugin?", "¿Cómo conecto Discord?"],
write: "Escriba un mensaje", send: "Enviar", attach: "Adjuntar un archivo", close: "Cerrar el chat", log: "Conversación", you: "Usted",
connecting: "Conectando…", offline: "Sin conexión. Sigo intentándolo.", typing: "está escribiendo…", sending: "Enviando…", sent: "Enviado ✓", edited: "editado",
gone: "Este mensaje se ha borrado.", earlier: "Ver mensajes anteriores", edit: "Editar", del: "Borrar", editing: "Está editando. Escape cancela.",
all: "Para todos", remove: "Quitar", uploading: "Subiendo…", pick: "Elija…", cancel: "Cancelar",
too_long: "Es un poco largo. ¿Puede dividirlo?", too_large: "El archivo pasa de 10 MB. Un enlace también sirve.", too_fast: "Qué rápido. Lo envío enseguida.",
later: "Aún no enviado. Lo intentaré de nuevo.", not_here: "El chat está cerrado aquí por ahora.", other: "No ha funcionado. Inténtelo otra vez.", full: "En un mensaje caben cinco archivos.", empty: "Está vacío.", files_fast: "Muchos archivos a la vez. Inténtelo en un minuto."
},
fr: {
greet: "Bonjour ! Que souhaitez-vous savoir ?", ex: ["Qu’est-ce que Switchboard ?", "Comment installer un plugin ?", "Comment connecter Discord ?"],
write: "Écrire un message", send: "Envoyer", attach: "Joindre un fichier", close: "Fermer le chat", log: "Conversation", you: "Vous",
connecting: "Connexion…", offline: "Hors ligne. J’essaie encore.", typing: "écrit…", sending: "Envoi…", sent: "Envoyé ✓", edited: "modifié",
gone: "Ce message a été supprimé.", earlier: "Voir les messages précédents", edit: "Modifier", del: "Supprimer", editing: "Vous modifiez un message. Échap annule.",
all: "Pour tous", remove: "Retirer", uploading: "Téléversement…", pick: "Choisir…", cancel: "Annuler",
too_long: "C’est un peu long. Pouvez-vous le couper ?", too_large: "Ce fichier dépasse 10 Mo. Un lien convient aussi.", too_fast: "Quelle rapidité. Je l’envoie dans un instant.",
later: "Pas encore envoyé. Je réessaie tout seul.", not_here: "Le chat est fermé ici pour le moment.", other: "Cela n’a pas marché. Réessayez, s’il vous plaît.", full: "Un message contient cinq fichiers au plus.", empty: "C’est vide.", files_fast: "Beaucoup de fichiers à la fois. Réessayez dans une minute."
},
ar: {
greet: "مرحبًا! ماذا تود أن تعرف؟", ex: ["ما هو Switchboard؟", "كيف أثبّت إضافة؟", "كيف أربط Discord؟"],
write: "اكتب رسالة", send: "إرسال", attach: "إرفاق ملف", close: "إغلاق المحادثة", log: "المحادثة", you: "أنت",
connecting: "جارٍ الاتصال…", offline: "غير متصل. سأواصل المحاولة.", typing: "يكتب الآن…", sending: "جارٍ الإرسال…", sent: "أُرسلت ✓", edited: "معدّلة",
gone: "حُذفت هذه الرسالة.", earlier: "عرض الرسائل السابقة", edit: "تعديل", del: "حذف", editing: "أنت تعدّل رسالة. Escape للإلغاء.",
all: "للجميع", remove: "إزالة", uploading: "جارٍ الرفع…", pick: "اختر…", cancel: "إلغاء",
too_long: "الرسالة طويلة قليلًا. هل يمكنك تقسيمها؟", too_large: "الملف أكبر من 10 ميغابايت. يمكنك إرسال رابط.", too_fast: "سريع جدًا. سأرسلها بعد لحظة.",
later: "لم تُرسل بعد. سأحاول مجددًا.", not_here: "المحادثة مغلقة هنا حاليًا.", other: "لم ينجح ذلك. حاول مرة أخرى من فضلك.", full: "تتسع الرسالة لخمسة ملفات.", empty: "إنه فارغ.", files_fast: "ملفات كثيرة دفعة واحدة. حاول بعد دقيقة."
}
};
