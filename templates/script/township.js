// The print button works only with a script, so only a script shows it.
document.querySelectorAll(".js-only").forEach(function (one) { one.hidden = false; });
var print = document.getElementById("print");
if (print) print.addEventListener("click", function () { window.print(); });
