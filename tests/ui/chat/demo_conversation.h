#pragma once

#include "fake_chat.h"

/// A conversation that holds every kind of block, for pictures and for tests of the whole.
namespace demo {

inline const auto kMath = QStringLiteral(
    "The **quadratic formula** solves $ax^2 + bx + c = 0$ wherever $a \\neq 0$:\n\n"
    "$$x_{1,2} = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$$\n\n"
    "A normal density with mean \\(\\mu\\) and variance \\(\\sigma^2\\) is\n"
    "\\[\n\\varphi(x) = \\frac{1}{\\sigma\\sqrt{2\\pi}} \\exp\\left(-\\frac{1}{2}"
    "\\left(\\frac{x-\\mu}{\\sigma}\\right)^2\\right), \\qquad "
    "\\int_{-\\infty}^{\\infty} \\varphi(x)\\,\\mathrm{d}x = 1\n\\]\n"
    "Sums and limits: $\\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}$ inline, and\n\n"
    "$$\\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}, \\quad "
    "\\prod_{p\\ \\text{prime}} \\frac{1}{1-p^{-s}} = \\zeta(s), \\quad "
    "\\lim_{x \\to 0} \\frac{\\sin x}{x} = 1$$\n\n"
    "$$\\mathbf{A} = \\begin{pmatrix} a_{11} & \\cdots & a_{1n} \\\\ \\vdots & \\ddots & \\vdots "
    "\\\\ a_{m1} & \\cdots & a_{mn} \\end{pmatrix}, \\quad \\det\\begin{vmatrix} a & b \\\\ c & d "
    "\\end{vmatrix} = ad - bc, \\quad I = \\begin{bmatrix} 1 & 0 \\\\ 0 & 1 \\end{bmatrix}$$\n\n"
    "$$f(n) = \\begin{cases} n/2 & \\text{if } n \\text{ is even} \\\\ 3n+1 & \\text{otherwise} "
    "\\end{cases} \\qquad \\begin{aligned} (a+b)^2 &= a^2 + 2ab + b^2 \\\\ &\\geq 4ab "
    "\\end{aligned}$$\n\n"
    "Accents $\\hat{x}, \\bar{y}, \\vec{v}, \\dot{q}, \\ddot{q}, \\tilde{n}, \\overline{AB}, "
    "\\widehat{xyz}$; sets $x \\in \\mathbb{R}^n,\\ \\mathcal{L} \\subseteq \\mathbb{N},\\ "
    "\\forall "
    "\\epsilon > 0\\ \\exists \\delta$; Greek $\\alpha\\beta\\gamma\\Gamma\\Delta\\theta\\lambda"
    "\\omega\\Omega$; arrows $f\\colon A \\to B,\\ p \\Rightarrow q \\iff \\neg p \\lor q$.\n\n"
    "$$\\sqrt[3]{1 + \\sqrt{1 + \\frac{x}{2}}} \\cdot \\left\\lfloor \\frac{n}{k} \\right\\rfloor "
    "\\binom{n}{k} \\left\\{ \\frac{a}{b} \\,\\middle|\\, b \\neq 0 \\right\\} "
    "\\underbrace{x + \\cdots + x}_{n} \\overbrace{y + y}^{2} \\xrightarrow{\\text{in } L^2} 0 "
    "\\left\\langle u, \\frac{v}{2} \\right\\rangle$$\n\n"
    "It costs $5 and $10, not a formula; nor is `$x$`. Beyond the subset: "
    "$\\begin{tikzcd} A \\end{tikzcd}$. 中文里的公式 $E = mc^2$ 也一样。\n\n"
    "| Name | Formula | Value |\n|:--|:-:|--:|\n| Area | $\\pi r^2$ | $|x|$ |\n"
    "| Mean | $\\frac{1}{n}\\sum_i x_i$ | $\\bar{x}$ |\n\n"
    "> A quoted formula: $e^{i\\pi} + 1 = 0$.\n\n"
    "1. $a_1$ first\n2. $$\\int_0^1 x\\,dx = \\tfrac12$$ inside an item\n");

inline const auto kBlocks = QStringLiteral(
    "# Sorting in Python\n\nUse **`sorted()`** for a new list, or `list.sort()` to sort *in "
    "place*. Both are ~~quick sort~~ Timsort: see [the "
    "documentation](https://docs.python.org/3/howto/sorting.html).\n\n"
    "```python\nfrom operator import itemgetter\n\ndef by_price(items: list[dict]) -> list[dict]:\n"
    "    \"\"\"Cheapest first; stable.\"\"\"\n    # O(n log n) comparisons: != <= >= -> =>\n"
    "    return sorted(items, key=itemgetter('price'), reverse=False)\n\nprint(by_price([{'price': "
    "3.5}]))\n```\n\n"
    "## What it costs\n\n| Case | Comparisons | Memory |\n|:-----|:-----------:|-------:|\n"
    "| Already sorted | `n - 1` | 0 |\n| Random | about *n* log *n* | n / 2 |\n| Reversed runs | n "
    "| **none at all** |\n\n"
    "1. Decide on a key.\n2. Call `sorted`:\n   - with `key=`\n   - with `reverse=`\n3. Check the "
    "result.\n\n"
    "- [x] measured\n- [ ] profiled\n\n> Premature optimisation is the root of all evil.\n> — "
    "Donald Knuth\n\n"
    "用中文说：`sorted()` 返回一个新列表，时间复杂度是 O(n log n)。这一段足够长，所以它会在列的边缘"
    "换行，而标点“，。”不应该出现在行首。🔥👩‍💻\n\n"
    "שלום עולם, זה טקסט מימין לשמאל עם `code` באמצע. مرحبا بالعالم.\n\n---\n\n"
    "| Option | Default | Environment | What it does and why one would want to change it |\n"
    "|---|---|---|---|\n| `--context-length` | 32768 | `HEARTH_CONTEXT_LENGTH` | How many tokens a "
    "chat may hold before the oldest are forgotten; more takes more memory |\n"
    "| `--threads` | all | `HEARTH_THREADS` | How many threads compute |\n\n"
    "![a diagram](https://example.org/diagram.png) and a last line with <b>inert HTML</b>.\n");

inline void fill(FakeChat& chat) {
    using namespace hearth::ui;
    chat.add(ChatRole::Person,
             QStringLiteral(
                 "How do I sort a list in Python, and what does it cost? 请用中文也说一句。"));
    chat.at(0).attachments = {
        {QStringLiteral("prices-of-the-last-quarter.csv"), QStringLiteral("1,204 tokens")},
        {QStringLiteral("notes.md"), QStringLiteral("312 tokens")}};
    emit chat.stateChanged(0);
    chat.add(ChatRole::Model, kBlocks);
    chat.at(1).footer = QStringLiteral("71 tok/s · TTFT 0.2 s · 412 tokens · cache 96%");
    chat.at(1).version = 2;
    chat.at(1).versions = 3;
    chat.at(1).actions |= MessageAction::Continue;
    chat.at(1).actions |= MessageAction::Fork;
    emit chat.stateChanged(1);
    chat.add(ChatRole::Notice, QStringLiteral("Model changed to Qwen-8B"));
    chat.add(ChatRole::Person, QStringLiteral("And the formulas?"));
    chat.add(ChatRole::Model, QStringLiteral("<think>They want formulas.</think>") + kMath);
    chat.at(4).thought = QStringLiteral("Thought for 12 s");
    chat.at(4).actions |= MessageAction::Fork;
    chat.at(4).footer = QStringLiteral("70 tok/s · 911 tokens");
    emit chat.stateChanged(4);
}

} // namespace demo
