// 查询码: copies the receipt and draws it as a picture to keep. The page says the same without this.
(function () {
  function spell(digits, between) {
    return digits.replace(/(\d{4})(?=\d)/g, "$1" + between);
  }

  function forgetDraft() {
    try { localStorage.removeItem("draft:" + location.pathname.toLowerCase()); } catch (e) { return; }
  }

  function copy(text, done) {
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(text).then(done, function () { copyByHand(text, done); });
    } else { copyByHand(text, done); }
  }

  function copyByHand(text, done) {
    var box = document.createElement("textarea");
    box.value = text;
    box.className = "unseen";
    document.body.appendChild(box);
    box.select();
    var worked = document.execCommand("copy");
    document.body.removeChild(box);
    if (worked) { done(); }
  }

  function draw(digits, words) {
    var canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), middle = 360;
    canvas.width = 720;
    canvas.height = 640;
    pen.fillStyle = "#14514B";
    pen.fillRect(0, 0, 720, 640);
    pen.strokeStyle = "#9DB8B3";
    pen.lineWidth = 2;
    pen.strokeRect(16, 16, 688, 608);
    pen.textAlign = "center";
    function line(text, y, size, color, face) {
      pen.fillStyle = color;
      pen.font = "bold " + size + "px " + face;
      pen.fillText(text, middle, y, 640);
    }
    var serif = '"Songti SC","Noto Serif CJK SC",serif', sans = '"PingFang SC","Noto Sans CJK SC",sans-serif';
    line(words.place, 96, 44, "#fff", serif);
    line(words.name, 166, 32, "#DFE9E6", sans);
    line(spell(digits.slice(0, 8), "  "), 280, 92, "#fff", sans);
    line(spell(digits.slice(8), "  "), 400, 92, "#fff", sans);
    line(words.day, 490, 32, "#DFE9E6", sans);
    line(words.title + " " + location.host, 548, 32, "#DFE9E6", sans);
    if (words.help) { line(words.help, 596, 32, "#DFE9E6", sans); }
    return canvas.toDataURL("image/png");
  }

  window.dressReceipt = function () {
    var keep = document.getElementById("keep"), shown = document.getElementById("digits");
    if (!keep || !shown) { return; }
    forgetDraft();
    var digits = shown.getAttribute("data-digits"), words = keep.dataset;
    document.getElementById("copy").onclick = function () {
      var button = this;
      copy(spell(digits, " "), function () { button.textContent = words.copied; });
    };
    document.getElementById("picture").onclick = function () {
      var place = document.getElementById("drawn"), hint = document.createElement("p");
      var link = document.createElement("a"), image = new Image();
      image.src = link.href = draw(digits, words);
      image.alt = words.name + " " + spell(digits, " ");
      link.download = "receipt-" + digits.slice(12) + ".png";
      link.appendChild(image);
      hint.textContent = words.hold;
      place.innerHTML = "";
      place.appendChild(hint);
      place.appendChild(link);
      place.scrollIntoView();
    };
  };
  window.dressReceipt();
})();
