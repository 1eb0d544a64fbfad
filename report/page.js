"use strict";
(function () {
  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type: type}));
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  // The SVG with the colours that it has on the page, so that it stands alone.
  function standalone(svg) {
    const copy = svg.cloneNode(true), from = svg.querySelectorAll("*"), to = copy.querySelectorAll("*");
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    from.forEach(function (element, k) {
      const style = getComputedStyle(element);
      ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size"].forEach(function (key) {
        to[k].setAttribute(key, style.getPropertyValue(key));
      });
    });
    return new XMLSerializer().serializeToString(copy);
  }
  // A gnuplot script with its data. Names are in quotes in the data, and end at the last one.
  function gnuplot(figure, csv) {
    const curves = new Map(), quote = function (text) { return "'" + text.replace(/'/g, "''") + "'"; };
    csv.split("\n").slice(1).forEach(function (line) {
      const end = line.lastIndexOf('"');
      if (end < 0) return;
      const name = line.slice(1, end).replace(/""/g, "\""), row = line.slice(end + 2).split(",");
      if (!curves.has(name)) curves.set(name, []);
      if (row[0] !== "" && row[1] !== "") curves.get(name).push(row.map(function (x) { return x === "" ? "NaN" : x; }).join(" "));
    });
    const names = Array.from(curves.keys()).filter(function (name) { return curves.get(name).length > 0; });
    const curve = figure.dataset.steps ? "steps" : "lines";
    return names.map(function (name, k) { return "$curve" + k + " << END\n" + curves.get(name).join("\n") + "\nEND\n"; }).join("") +
      "set title " + quote(figure.querySelector("figcaption").textContent) + " noenhanced\nset xlabel " + quote(figure.dataset.x) +
      " noenhanced\nset ylabel " + quote(figure.dataset.y) + " noenhanced\nset key outside below noenhanced\n" +
      (figure.dataset.log ? "set logscale y\n" : "") + "plot " + names.map(function (name, k) {
        const banded = curve === "lines" && curves.get(name).some(function (row) { return !/NaN$/.test(row); });
        return (banded ? "$curve" + k + " using 1:3:4 with filledcurves fillstyle transparent solid 0.15 noborder linetype " + (k + 1) +
          " notitle, " : "") + "$curve" + k + " using 1:2 with " + curve + " linewidth 2 linetype " + (k + 1) + " title " + quote(name);
      }).join(", \\\n  ") + "\n";
  }
  // The same of a map: cells as a surface seen from above, row by row, and marks on it.
  function gnuplotMap(figure, csv) {
    const parts = new Map(), quote = function (text) { return "'" + text.replace(/'/g, "''") + "'"; };
    csv.split("\n").slice(1).forEach(function (line) {
      const end = line.lastIndexOf('"');
      if (end < 0) return;
      const name = line.slice(1, end);
      if (!parts.has(name)) parts.set(name, []);
      parts.get(name).push(line.slice(end + 2).split(",").map(function (x) { return x === "" ? "NaN" : x; }).join(" "));
    });
    const names = Array.from(parts.keys()), columns = +figure.dataset.columns;
    return names.map(function (name, k) {
      return "$data" + k + " << END\n" + parts.get(name).map(function (row, n) {
        return (k === 0 && n > 0 && n % columns === 0 ? "\n" : "") + row + "\n";
      }).join("") + "END\n";
    }).join("") + "set title " + quote(figure.querySelector("figcaption").textContent) + " noenhanced\nset xlabel " + quote(figure.dataset.x) +
      " noenhanced\nset ylabel " + quote(figure.dataset.y) + " noenhanced\nset cblabel " + quote(names[0]) + " noenhanced\n" +
      (figure.dataset.equal ? "set view equal xy\n" : "") + "set view map\nset pm3d corners2color mean\nunset key\nsplot $data0 using 1:2:3 with pm3d" +
      (names.length > 1 ? ", \\\n  $data1 using 1:2:(0) with points pointtype 7 pointsize 0.4 linecolor rgb 'black'" : "") + "\n";
  }
  // A figure of curves or a map has its data, a structure its picture and its atoms.
  function offers(figure) {
    const svg = figure.querySelector("svg"), data = figure.querySelector("template.data"), xyz = figure.querySelector("template.xyz");
    const list = [["SVG", function () { save(figure.id + ".svg", "image/svg+xml", standalone(svg)); }]];
    if (data) {
      list.push(["CSV", function () { save(figure.id + ".csv", "text/csv", data.content.textContent); }]);
      list.push(["gnuplot", function () {
        save(figure.id + ".gp", "text/plain", (figure.dataset.columns ? gnuplotMap : gnuplot)(figure, data.content.textContent));
      }]);
    }
    if (xyz) list.push(["XYZ", function () { save(figure.id + ".extxyz", "text/plain", xyz.content.textContent); }]);
    return list;
  }
  document.querySelectorAll("figure").forEach(function (figure) {
    const row = document.createElement("div");
    row.className = "save";
    offers(figure).forEach(function (one) {
      const button = document.createElement("button");
      button.textContent = one[0];
      button.title = "save as " + one[0];
      button.addEventListener("click", one[1]);
      row.appendChild(button);
    });
    figure.appendChild(row);
  });
  // Structures: spheres sorted by depth, on a canvas over the picture.
  document.querySelectorAll(".view").forEach(function (view) {
    const atoms = JSON.parse(view.querySelector("template").content.textContent);
    const canvas = document.createElement("canvas"), draw = canvas.getContext("2d");
    if (!draw) return;
    view.querySelector("svg").style.display = "none";
    view.appendChild(canvas);
    let a = 0, b = -1.1, zoom = 1, held = null;
    let size = 1;
    const cell = JSON.parse(view.dataset.cell);
    atoms.forEach(function (p) { size = Math.max(size, Math.hypot(p[0], p[1], p[2]) + p[3]); });
    function paint() {
      const ratio = window.devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
      canvas.width = w * ratio;
      canvas.height = h * ratio;
      draw.scale(ratio, ratio);
      const s = zoom * Math.min(w, h) / (2 * size), ca = Math.cos(a), sa = Math.sin(a), cb = Math.cos(b), sb = Math.sin(b);
      function turn(p) {
        const x = ca * p[0] - sa * p[1], y = sa * p[0] + ca * p[1];
        return [x, cb * y - sb * p[2], sb * y + cb * p[2], p];
      }
      draw.strokeStyle = getComputedStyle(view).getPropertyValue("--line");
      cell.forEach(function (edge) {
        draw.beginPath();
        edge.map(turn).forEach(function (p) { draw.lineTo(w / 2 + s * p[0], h / 2 - s * p[1]); });
        draw.stroke();
      });
      atoms.map(turn).sort(function (p, q) { return p[2] - q[2]; }).forEach(function (p) {
        const r = s * p[3][3], x = w / 2 + s * p[0], y = h / 2 - s * p[1];
        const g = draw.createRadialGradient(x - r / 3, y - r / 3, r / 10, x, y, r);
        g.addColorStop(0, "#fff");
        g.addColorStop(.35, p[3][4]);
        g.addColorStop(1, "#222");
        draw.globalAlpha = p[3][5];
        draw.fillStyle = g;
        draw.beginPath();
        draw.arc(x, y, Math.max(r, .5), 0, 7);
        draw.fill();
      });
    }
    canvas.addEventListener("pointerdown", function (e) { held = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointerup", function () { held = null; });
    canvas.addEventListener("pointermove", function (e) {
      if (!held) return;
      a += (e.clientX - held[0]) / 100;
      b += (e.clientY - held[1]) / 100;
      held = [e.clientX, e.clientY];
      paint();
    });
    canvas.addEventListener("wheel", function (e) { e.preventDefault(); zoom *= Math.exp(-e.deltaY / 500); paint(); }, {passive: false});
    new ResizeObserver(paint).observe(canvas);
    paint();
  });
  document.documentElement.dataset.ready = "yes";
})();
