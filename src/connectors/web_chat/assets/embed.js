// One line on any page, `<script src="https://chat.example.org/embed.js" async></script>`, opens the chat in a corner.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const words = { de: "Chat öffnen", es: "Abrir el chat", fr: "Ouvrir le chat", ar: "فتح المحادثة" }[navigator.language.slice(0, 2)] || "Open the chat";
  const button = document.createElement("button");
  let frame = null;
  button.type = "button";
  const svg = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const icon = svg("svg", { viewBox: "0 0 24 24", width: 28, height: 28, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round", "aria-hidden": "true" });
  const dot = svg("circle", { cx: 19, cy: 5, r: 4, fill: "#ffd166", stroke: "none", visibility: "hidden" });
  icon.append(svg("path", { d: "M4 5h16v11H11l-4 4v-4H4z" }), dot);
  button.append(icon);
  button.setAttribute("aria-label", words);
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, {
    position: "fixed", insetInlineEnd: "1rem", bottom: "1rem", width: "3.5rem", height: "3.5rem", border: "2px solid #fff",
    borderRadius: "50%", background: "#245f73", color: "#fff", display: "grid", placeItems: "center", padding: "0", cursor: "pointer", zIndex: 2147483646
  });
  function open(wanted) {
    if (wanted && !frame) {
      frame = document.createElement("iframe");
      frame.src = origin + "/";
      frame.title = words;
      Object.assign(frame.style, {
        position: "fixed", insetInlineEnd: "1rem", bottom: "5.5rem", width: "min(26rem, calc(100vw - 2rem))",
        height: "min(40rem, calc(100vh - 7rem))", border: "0", borderRadius: "1rem", boxShadow: "0 0.5rem 2rem #0006", zIndex: 2147483647
      });
      document.body.append(frame);
    }
    if (frame) frame.style.display = wanted ? "block" : "none";
    button.setAttribute("aria-expanded", String(wanted));
    dot.setAttribute("visibility", "hidden");
    (wanted ? frame : button).focus();
  }
  const isOpen = () => button.getAttribute("aria-expanded") == "true";
  button.onclick = () => open(!isOpen());
  addEventListener("message", (event) => {
    if (event.origin != origin) return;
    if (event.data == "switchboard:close") open(false);
    if (event.data == "switchboard:new" && !isOpen()) dot.setAttribute("visibility", "visible");
  });
  document.body.append(button);
})();
