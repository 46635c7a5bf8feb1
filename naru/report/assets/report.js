"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, language } = data;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.theme = dark.matches ? "dark" : "light";

  const number = (digits) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const two = number(2);
  const price = new Intl.NumberFormat(language, { maximumSignificantDigits: 8 });
  const percent = (value) => `${two.format(value * 100)}%`.replace("-", "\u2212");
  const money = (value) => two.format(value).replace("-", "\u2212");
  const when = (iso) => iso.replace("T", " ").replace("Z", "").replace(/ 00:00:00$/, "");
  // Plotly reads a little HTML in its texts; what users wrote must stay text.
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, key) => number(0).format(facts[key]));
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  const mainConfig = Object.assign({}, config, { displayModeBar: true,
    modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]] });

  const state = { symbol: 0, candles: data.prices[0].candles !== null && data.prices[0].ts.length <= 400,
    log: false, sort: "entry_ts", descending: false, page: 0 };

  function colors() {
    const style = getComputedStyle(root);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return { ink: of("ink"), soft: of("soft"), faint: of("faint"), rule: of("rule"), card: of("card"),
      accent: of("accent"), wash: of("accent-wash"), other: of("other"), gain: of("gain"), loss: of("loss"),
      lossWash: `rgba(${of("loss-rgb")}, 0.18)` };
  }

  function layout(color, extra) {
    return Object.assign({
      paper_bgcolor: color.card, plot_bgcolor: color.card, font: { color: color.soft, size: 12,
        family: getComputedStyle(document.body).fontFamily },
      margin: { l: 8, r: 62, t: 8, b: 42 }, showlegend: false, dragmode: "zoom", hovermode: "x unified",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: color.faint, activecolor: color.accent },
      hoverlabel: { bgcolor: color.card, bordercolor: color.rule, font: { color: color.ink } },
    }, extra);
  }
  const axis = (color, extra) => Object.assign({ gridcolor: color.rule, zerolinecolor: color.rule,
    linecolor: color.rule, tickcolor: color.rule, automargin: false }, extra);
  const day = 86400000;
  const time = (color, extra) => axis(color, Object.assign({ type: "date", showgrid: false,
    hoverformat: data.bar_ms < day ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", tickformatstops: [
      { dtickrange: [null, 60000], value: "%H:%M:%S\n%Y-%m-%d" }, { dtickrange: [60000, day], value: "%H:%M\n%Y-%m-%d" },
      { dtickrange: [day, "M1"], value: "%m-%d\n%Y" }, { dtickrange: ["M1", "M12"], value: "%Y-%m" },
      { dtickrange: ["M12", null], value: "%Y" }] }, extra));
  const right = (color, extra) => axis(color, Object.assign({ side: "right", fixedrange: true }, extra));

  /* Price, equity and drawdown on one time axis. */

  function tradeLines(trades, winning, color) {
    const x = [], y = [];
    for (const trade of trades) {
      if (trade.exit_ts === null || (trade.pnl > 0) !== winning) continue;
      x.push(trade.entry_ts, trade.exit_ts, null);
      y.push(trade.entry_price, trade.exit_price, null);
    }
    return { type: "scatter", mode: "lines", x, y, line: { color, width: 1.5, dash: "dot" },
      name: winning ? texts.winning : texts.losing, hoverinfo: "skip", connectgaps: false };
  }

  function markers(trades, color) {
    const entries = { x: [], y: [], symbol: [], text: [] };
    const exits = { x: [], y: [], color: [], text: [] };
    for (const trade of trades) {
      const side = texts[trade.side];
      const tag = trade.tag ? ` · ${plain(trade.tag)}` : "";
      entries.x.push(trade.entry_ts);
      entries.y.push(trade.entry_price);
      entries.symbol.push(trade.side === "long" ? "triangle-up" : "triangle-down");
      entries.text.push(`${side} ${price.format(trade.size)} @ ${price.format(trade.entry_price)}${tag}`);
      if (trade.exit_ts === null) continue;
      exits.x.push(trade.exit_ts);
      exits.y.push(trade.exit_price);
      exits.color.push(trade.pnl > 0 ? color.gain : color.loss);
      exits.text.push(`${price.format(trade.exit_price)} · ${money(trade.pnl)} (${percent(trade.return)})`);
    }
    const hovertemplate = "%{text}";
    const size = trades.length > 300 ? 5.5 : trades.length > 80 ? 7.5 : 10;
    const edge = { color: color.card, width: size > 6 ? 1.5 : 0.75 };
    return [
      { type: "scatter", mode: "markers", x: entries.x, y: entries.y, text: entries.text, hovertemplate,
        name: texts.entry, marker: { symbol: entries.symbol, size, color: color.accent, line: edge } },
      { type: "scatter", mode: "markers", x: exits.x, y: exits.y, text: exits.text, hovertemplate,
        name: texts.exit, marker: { symbol: "circle", size: size * 0.8, color: exits.color, line: edge } },
    ];
  }

  function mainTraces(color) {
    const shown = data.prices[state.symbol];
    const trades = data.markers.filter((trade) => trade.symbol === shown.symbol);
    const { equity } = data;
    const bars = state.candles
      ? Object.assign({ type: "candlestick", name: plain(shown.symbol), increasing: { line: { color: color.gain, width: 1 } },
          decreasing: { line: { color: color.loss, width: 1 } } }, { x: shown.candles.ts, open: shown.candles.open,
          high: shown.candles.high, low: shown.candles.low, close: shown.candles.close })
      : { type: "scatter", mode: "lines", x: shown.ts, y: shown.close, name: plain(shown.symbol),
          line: { color: color.ink, width: 1.1 }, hovertemplate: "%{y:,.6~g}" };
    return [
      bars, tradeLines(trades, true, color.gain), tradeLines(trades, false, color.loss), ...markers(trades, color),
      { type: "scatter", mode: "lines", x: equity.ts, y: equity.benchmark, yaxis: "y2", name: texts.benchmark,
        line: { color: color.other, width: 1.2 }, hovertemplate: "%{y:,.2f}" },
      { type: "scatter", mode: "lines", x: equity.ts, y: equity.value, yaxis: "y2", name: texts.equity,
        line: { color: color.accent, width: 1.8 }, hovertemplate: "%{y:,.2f}" },
      { type: "scatter", mode: "lines", x: equity.ts, y: equity.drawdown, yaxis: "y3", name: texts.drawdown,
        fill: "tozeroy", fillcolor: color.lossWash, line: { color: color.loss, width: 1 }, hovertemplate: "%{y:.2%}" },
    ];
  }

  const milliseconds = (value) => (typeof value === "number" ? value
    : Date.parse(value.length > 10 ? `${value.replace(" ", "T")}Z` : value));

  /* The y range that the visible part of some series takes, with a little room; null for all of it. */
  function visible(range, ts, ...series) {
    if (!range) return null;
    const [from, to] = range.map(milliseconds);
    let low = Infinity, high = -Infinity;
    ts.forEach((at, place) => {
      if (at < from || at > to) return;
      for (const values of series) {
        low = Math.min(low, values[place]);
        high = Math.max(high, values[place]);
      }
    });
    if (low > high || (state.log && low <= 0)) return null;
    if (state.log) [low, high] = [Math.log10(low), Math.log10(high)];
    const room = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1;
    return [low - room, high + room];
  }

  function scaled(range, extra) {
    const scale = { fixedrange: false, type: state.log ? "log" : "linear", hoverformat: ",.8~g" };
    return Object.assign(scale, range ? { range, autorange: false } : { autorange: true }, extra);
  }

  function title(text, y, color) {
    return { text: `<b>${text}</b>`, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor: "bottom",
      showarrow: false, font: { size: 12, color: color.soft } };
  }

  function drawMain() {
    const color = colors();
    const chart = byId("main-chart");
    const range = chart.layout && !chart.layout.xaxis.autorange ? chart.layout.xaxis.range.slice() : null;
    const x = time(color, { domain: [0, 1], anchor: "y3", showspikes: true,
      spikemode: "across", spikethickness: 1, spikecolor: color.faint, spikedash: "dot",
      rangeslider: { visible: false } });
    if (range) Object.assign(x, { range, autorange: false });
    const shown = data.prices[state.symbol], { equity } = data;
    const priceRange = state.candles ? visible(range, shown.candles.ts, shown.candles.low, shown.candles.high)
      : visible(range, shown.ts, shown.close);
    const equityRange = visible(range, equity.ts, equity.value, equity.benchmark);
    Plotly.react(chart, mainTraces(color), layout(color, {
      hoversubplots: "axis", xaxis: x,
      margin: { l: 8, r: 62, t: 34, b: 42 },
      yaxis: right(color, scaled(priceRange, { domain: [0.49, 1], tickformat: state.log ? ",.5~r" : "" })),
      yaxis2: right(color, scaled(equityRange, { domain: [0.2, 0.45], tickformat: ",.4~s", nticks: 5,
        dtick: state.log && !range ? "D2" : null })),
      yaxis3: right(color, { domain: [0, 0.16], tickformat: ".0%", rangemode: "tozero", nticks: 4 }),
      annotations: [
        title(`<span style="color:${color.accent}">${texts.equity}</span>  <span style="color:${color.other}">${texts.benchmark}</span>`,
          0.452, color),
        title(`<span style="color:${color.loss}">${texts.drawdown}</span>`, 0.162, color),
      ],
    }), mainConfig);
    byId("log").setAttribute("aria-pressed", String(state.log));
    byId("line").setAttribute("aria-pressed", String(!state.candles));
    byId("candles").setAttribute("aria-pressed", String(state.candles));
    byId("candles").hidden = byId("line").hidden = data.prices[state.symbol].candles === null;
  }

  /* The smaller charts. */

  function drawDistribution() {
    const color = colors();
    const { edges, counts } = data.distribution;
    const middle = counts.map((_, place) => (edges[place] + edges[place + 1]) / 2);
    Plotly.react(byId("distribution"), [{ type: "bar", x: middle, y: counts,
      width: counts.map((_, place) => (edges[place + 1] - edges[place]) * 0.92),
      marker: { color: middle.map((value) => (value < 0 ? color.loss : color.gain)), opacity: 0.85 },
      hovertemplate: `%{x:.2%}: %{y} ${texts.days}<extra></extra>` }],
    layout(color, { hovermode: "closest", bargap: 0, xaxis: axis(color, { tickformat: ".1~%", showgrid: false, fixedrange: true }),
      yaxis: right(color) }), config);
  }

  function drawRolling() {
    const color = colors();
    const { ts, value, window_days: days } = data.rolling;
    byId("rolling-note").textContent = ts.length ? `${days} ${texts.window_days}` : texts.too_little;
    byId("rolling").hidden = ts.length === 0;
    if (ts.length === 0) return;
    Plotly.react(byId("rolling"), [{ type: "scatter", mode: "lines", x: ts, y: value, name: texts.rolling,
      line: { color: color.accent, width: 1.6 }, hovertemplate: "%{y:.2f}<extra></extra>" }],
    layout(color, { xaxis: time(color), yaxis: right(color, { zeroline: true,
      zerolinecolor: color.faint }) }), config);
  }

  function drawPlots() {
    byId("plots-card").hidden = data.plots.length === 0;
    if (data.plots.length === 0) return;
    const color = colors();
    const palette = [color.accent, color.gain, color.loss, color.ink, color.other];
    Plotly.react(byId("plots"), data.plots.map((plot, place) => ({ type: "scatter", mode: "lines", x: plot.ts,
      y: plot.value, name: plain(plot.name), line: { color: palette[place % palette.length], width: 1.4 } })),
    layout(color, { showlegend: true, legend: { orientation: "h", y: 1.12 },
      xaxis: time(color), yaxis: right(color) }), config);
  }

  function draw() {
    drawMain();
    drawDistribution();
    drawRolling();
    drawPlots();
  }

  /* Trades. */

  const PAGE = 25;
  const columns = [
    ["symbol", "text", (trade) => trade.symbol], ["side", "text", (trade) => texts[trade.side]],
    ["size", "", (trade) => price.format(trade.size)],
    ["entry_ts", "text", (trade) => when(trade.entry_ts)], ["entry_price", "", (trade) => price.format(trade.entry_price)],
    ["exit_ts", "text", (trade) => (trade.exit_ts === null ? texts.open : when(trade.exit_ts))],
    ["exit_price", "", (trade) => (trade.exit_price === null ? "" : price.format(trade.exit_price))],
    ["pnl", "tone", (trade) => money(trade.pnl)], ["return", "tone", (trade) => percent(trade.return)],
    ["commission", "", (trade) => money(trade.commission)], ["tag", "text tag", (trade) => trade.tag || ""],
  ].filter(([key]) => key !== "tag" || data.trades.some((trade) => trade.tag))
    .filter(([key]) => key !== "symbol" || data.prices.length > 1);

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function sorted() {
    const key = state.sort;
    const order = state.descending ? -1 : 1;
    const last = (value) => (value === null ? "\uffff" : value);
    return data.trades.map((trade, place) => [trade, place]).sort(([a, i], [b, j]) => {
      const first = last(a[key]), second = last(b[key]);
      return (first < second ? -1 : first > second ? 1 : 0) * order || i - j;
    }).map(([trade]) => trade);
  }

  function look(trade) {
    const place = data.prices.findIndex((each) => each.symbol === trade.symbol);
    if (place < 0) return;
    state.symbol = place;
    byId("symbol").value = String(place);
    const start = Date.parse(trade.entry_ts);
    const end = trade.exit_ts === null ? data.equity.ts[data.equity.ts.length - 1] : Date.parse(trade.exit_ts);
    const room = Math.max((end - start) * 0.75, data.bar_ms * 12);
    Plotly.relayout(byId("main-chart"), { "xaxis.range": [start - room, end + room], "xaxis.autorange": false });
    byId("main-chart").scrollIntoView({ behavior: "smooth", block: "center" });
  }

  function drawTrades() {
    const table = byId("trades");
    if (!table) return;
    const head = element("tr");
    for (const [key, kind] of columns) {
      const cell = element("th", kind.includes("text") ? "text" : "", texts[key]);
      cell.tabIndex = 0;
      if (state.sort === key) cell.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      const choose = () => {
        state.descending = state.sort === key && !state.descending;
        state.sort = key;
        state.page = 0;
        drawTrades();
      };
      cell.addEventListener("click", choose);
      cell.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
      head.append(cell);
    }
    const pages = Math.max(1, Math.ceil(data.trades.length / PAGE));
    const rows = sorted().slice(state.page * PAGE, (state.page + 1) * PAGE).map((trade) => {
      const row = element("tr");
      row.tabIndex = 0;
      for (const [key, kind, write] of columns) {
        const tone = kind === "tone" && trade[key] !== 0 ? (trade[key] > 0 ? "gain" : "loss") : "";
        row.append(element("td", kind === "tone" ? tone : kind, write(trade)));
      }
      row.addEventListener("click", () => look(trade));
      row.addEventListener("keydown", (event) => { if (event.key === "Enter") look(trade); });
      return row;
    });
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows);
    byId("page").textContent = `${state.page + 1} / ${pages}`;
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page >= pages - 1;
  }

  /* Wiring. */

  const note = (shown, all) => (shown < all ? fill(texts.shown_of, { shown, all }) : "");
  byId("markers-note").textContent = note(data.markers.length, data.trade_count);
  byId("trades-note").textContent = note(data.trades.length, data.trade_count);
  if (data.prices.length > 1) {
    byId("symbol").hidden = false;
    data.prices.forEach((each, place) => {
      const option = element("option", "", each.symbol);
      option.value = String(place);
      byId("symbol").append(option);
    });
  }
  byId("symbol").addEventListener("change", (event) => { state.symbol = Number(event.target.value); drawMain(); });
  byId("line").addEventListener("click", () => { state.candles = false; drawMain(); });
  byId("candles").addEventListener("click", () => { state.candles = true; drawMain(); });
  byId("log").addEventListener("click", () => { state.log = !state.log; drawMain(); });
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    draw();
  });
  dark.addEventListener("change", () => { root.dataset.theme = dark.matches ? "dark" : "light"; draw(); });
  if (byId("trades")) {
    byId("previous").addEventListener("click", () => { state.page -= 1; drawTrades(); });
    byId("next").addEventListener("click", () => { state.page += 1; drawTrades(); });
  }
  drawTrades();
  draw();
  byId("main-chart").on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.startsWith("xaxis."))) drawMain();
  });
})();
