// 说诉求: shrinks photos, keeps a draft on this phone, sends by itself until it arrives. The form works without this.
(function () {
  var KEY = "draft:" + location.pathname.toLowerCase(), DAY = 86400000, EDGE = 1600, LIGHT = 400000;
  var form, words, photos, tried, waiting, timer, shrinking, hurried;

  function byId(id) { return document.getElementById(id); }
  function say(text) { byId("status").textContent = text || ""; }

  // ---- draft

  function named() {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && field.type !== "file" && field.name !== "csrf_token" && field.name !== "receipt";
    });
  }

  function save() {
    var kept = { at: Date.now(), receipt: tried ? form.elements.receipt.value : "", fields: [] };
    named().forEach(function (field) {
      var ticks = field.type === "radio" || field.type === "checkbox";
      if (ticks ? field.checked : field.value) { kept.fields.push([field.name, field.value]); }
    });
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch (e) { return; }
  }

  function restore() {
    var kept;
    try { kept = JSON.parse(localStorage.getItem(KEY)); } catch (e) { return; }
    if (!kept || Date.now() - kept.at > DAY || byId("errors") || form.elements.text.value) { return; }
    var text = kept.fields.filter(function (pair) { return pair[0] === "text"; })[0];
    kept.fields.forEach(function (pair) {
      named().forEach(function (field) {
        if (field.name !== pair[0]) { return; }
        if (field.type === "radio" || field.type === "checkbox") {
          if (field.value === pair[1]) { field.checked = true; }
        } else { field.value = pair[1]; }
      });
    });
    if (kept.receipt) { form.elements.receipt.value = kept.receipt; tried = true; }
    if (text) { say(words.restored); }
  }

  // ---- what others said of late: only the one that her words touch is shown

  function meet() {
    var also = byId("also"), text = form.elements.text.value, any = false;
    if (!also) { return; }
    Array.prototype.forEach.call(also.querySelectorAll("[data-words]"), function (row) {
      var said = row.getAttribute("data-words").split(" ").some(function (word) { return text.indexOf(word) >= 0; });
      var shown = !any && said || row.querySelector("input").checked;
      row.hidden = !shown;
      any = any || shown;
    });
    also.hidden = !any;
    also.open = any;
  }

  // ---- photos

  function shrink(file, done) {
    var turnsRight = window.CSS && CSS.supports && CSS.supports("image-orientation", "from-image");
    if (file.size < LIGHT || !turnsRight || !HTMLCanvasElement.prototype.toBlob) { return done(file); }
    var image = new Image(), url = URL.createObjectURL(file);
    image.onload = function () {
      var scale = Math.min(1, EDGE / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(function (blob) {
        URL.revokeObjectURL(url);
        done(blob && blob.size < file.size ? blob : file);
      }, "image/jpeg", 0.8);
    };
    image.onerror = function () { URL.revokeObjectURL(url); done(file); };
    image.src = url;
  }

  function show() {
    var list = byId("picked");
    list.innerHTML = "";
    photos.forEach(function (photo, at) {
      var item = document.createElement("li"), image = new Image(), away = document.createElement("button");
      image.alt = "";
      image.src = photo.url;
      away.type = "button";
      away.textContent = words.remove.replace("{n}", at + 1);
      away.onclick = function () { photos.splice(at, 1); show(); byId("photos").focus(); };
      item.appendChild(image);
      item.appendChild(away);
      list.appendChild(item);
    });
    if (photos.length) { byId("photo-words").textContent = words.chosen.replace("{n}", photos.length); }
  }

  function choose() {
    var input = this, files = Array.prototype.slice.call(input.files), most = Number(words.max);
    shrinking = true;
    say(files.length > most - photos.length ? words.most.replace("{n}", most) : words.shrinking);
    (function next() {
      var file = files.shift();
      if (!file || photos.length >= most) {
        input.value = "";
        shrinking = false;
        if (byId("status").textContent === words.shrinking) { say(""); }
        show();
        if (hurried) { hurried = false; send(); }
        return;
      }
      shrink(file, function (blob) {
        photos.push({ blob: blob, url: URL.createObjectURL(blob) });
        next();
      });
    })();
  }

  // ---- sending

  function packed() {
    var data = new FormData();
    Array.prototype.forEach.call(form.elements, function (field) {
      var off = (field.type === "radio" || field.type === "checkbox") && !field.checked;
      if (field.name && field.type !== "file" && !off) { data.append(field.name, field.value); }
    });
    photos.forEach(function (photo, at) { data.append("photos", photo.blob, at + 1 + ".jpg"); });
    return data;
  }

  function lock(on) {
    var button = byId("send");
    Array.prototype.forEach.call(form.elements, function (field) { field.disabled = on; });
    button.className = on ? "button sending" : "button main send";
    button.textContent = on ? words.sending : button.getAttribute("data-label");
  }

  function later(data, wait, why) {
    say(why);
    clearTimeout(timer);
    waiting = function () { clearTimeout(timer); waiting = null; post(data, Math.min(wait * 2, 60000)); };
    timer = setTimeout(function () { if (waiting) { waiting(); } }, wait);
  }

  function post(data, wait) {
    var request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.timeout = 120000;
    request.upload.onprogress = function (e) {
      if (e.lengthComputable && photos.length) { byId("send").textContent = words.sending + " " + Math.round(100 * e.loaded / e.total) + "%"; }
    };
    request.onerror = request.ontimeout = function () { later(data, wait, words.offline); };
    request.onload = function () {
      if (request.status === 429 || request.status === 502 || request.status === 503 || request.status === 504) {
        return later(data, wait, words.busy);
      }
      arrive(new DOMParser().parseFromString(request.responseText.replace(/<(style)[^]*?<\/\1>/g, ""), "text/html"));
    };
    request.send(data);
  }

  function arrive(answer) {
    say("");
    if (!answer.getElementById("digits") && !answer.getElementById("filing")) {
      var notice = answer.querySelector("main .notice");
      lock(false);
      return say(notice ? notice.textContent : words.offline);
    }
    document.title = answer.title;
    document.querySelector(".page").innerHTML = answer.querySelector(".page").innerHTML;
    window.scrollTo(0, 0);
    bind();
    window.dressReceipt();
    var first = byId("errors") || byId("main");
    if (first) { first.focus(); }
  }

  function send(event) {
    if (!window.FormData || !window.DOMParser) { return; }
    if (event) { event.preventDefault(); }
    if (waiting) { return; }
    if (shrinking) { hurried = true; return say(words.shrinking); }
    tried = true;
    save();
    var data = packed();
    lock(true);
    post(data, 3000);
  }

  // ----

  function bind() {
    form = byId("filing");
    photos = [];
    if (!form) { return; }
    words = form.dataset;
    byId("send").setAttribute("data-label", byId("send").textContent);
    byId("photos").onchange = choose;
    form.addEventListener("submit", send);
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("input", meet);
    restore();
    meet();
  }

  window.addEventListener("online", function () { if (waiting) { waiting(); } });
  bind();
})();
