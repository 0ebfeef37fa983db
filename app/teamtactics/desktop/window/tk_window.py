"""The settings window with Tk."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence
from tkinter import filedialog, ttk

from teamtactics.desktop.window.desk import Desk, Line
from teamtactics.desktop.window.form import Fields
from teamtactics.desktop.window.texts import Texts
from teamtactics.errors import WindowAbsent
from teamtactics.language import Said

_TICK_MS = 100
_COLOURS = {"✓": "#1f7a34", "✗": "#b3261e", "!": "#9a6700", "–": "#555555"}
"""Of a line's mark, on white."""


def run_tk(desk: Desk, texts: Texts) -> None:
    """
    Show the window until it is closed.

    Raises:
        WindowAbsent: There is no screen.
    """
    try:
        root = tkinter.Tk(className="Teamtactics")
    except tkinter.TclError as error:
        raise WindowAbsent(Said("there is no screen ({error})", error=error)) from error
    _Window(root, desk, texts)
    root.mainloop()


class _Window:
    def __init__(self, root: tkinter.Tk, desk: Desk, texts: Texts) -> None:
        self._root, self._desk, self._texts = root, desk, texts
        root.title(texts.title)
        _style(root)
        frame = ttk.Frame(root, padding=16)
        frame.pack(fill="both", expand=True)
        frame.columnconfigure(1, weight=1)
        ttk.Label(frame, text=texts.intro, wraplength=700, justify="left").grid(columnspan=3, sticky="w", pady=(0, 12))
        self._key = self._entry(frame, 1, texts.key_file)
        self._key.bind("<FocusOut>", lambda _event: desk.look_at_key())
        ttk.Button(frame, text=texts.browse, command=self._browse).grid(row=1, column=2, padx=(8, 0))
        self._topic = self._entry(frame, 2, texts.topic)
        self._number = self._entry(frame, 3, texts.iracing_id)
        ttk.Label(frame, text=texts.language).grid(row=4, column=0, sticky="w", pady=4)
        names = [name for _code, name in texts.languages]
        self._language = ttk.Combobox(frame, values=names, state="readonly", width=18)
        self._language.grid(row=4, column=1, sticky="w", padx=(12, 0))
        self._autostart = tkinter.BooleanVar(root)
        self._has_autostart = desk.former.autostart is not None
        if self._has_autostart:
            check = ttk.Checkbutton(frame, text=texts.autostart, variable=self._autostart)
            check.grid(row=5, column=1, sticky="w", padx=(12, 0), pady=4)
        buttons = ttk.Frame(frame)
        buttons.grid(row=6, columnspan=3, sticky="ew", pady=12)
        self._test = ttk.Button(buttons, text=texts.test, command=desk.test)
        self._save = ttk.Button(buttons, text=texts.save, command=desk.save, default="active")
        self._test.pack(side="left")
        ttk.Button(buttons, text=texts.open_file, command=desk.open_file).pack(side="left", padx=8)
        ttk.Button(buttons, text=texts.close, command=self.close).pack(side="right")
        self._save.pack(side="right", padx=8)
        self._told = self._result(frame)
        frame.rowconfigure(7, weight=1)
        root.bind("<Return>", lambda _event: desk.save())
        root.bind("<Escape>", lambda _event: self.close())
        root.protocol("WM_DELETE_WINDOW", self.close)
        desk.begin(self)
        root.minsize(640, 460)
        self._key.focus_set()
        self._tick()

    def read(self) -> Fields:
        """Return what stands in the fields."""
        code = self._texts.languages[max(0, self._language.current())][0]
        starts = self._autostart.get() if self._has_autostart else None
        return Fields(self._key.get(), self._topic.get(), self._number.get(), code, starts)

    def fill(self, fields: Fields) -> None:
        """Let the fields show this."""
        for entry, text in ((self._key, fields.key_file), (self._topic, fields.topic)):
            entry.delete(0, "end")
            entry.insert(0, text)
        self._number.delete(0, "end")
        self._number.insert(0, fields.iracing_id)
        self._language.current([code for code, _name in self._texts.languages].index(fields.language))
        self._autostart.set(bool(fields.autostart))

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines in the place of the former ones."""
        told = self._told
        told.configure(state="normal")
        told.delete("1.0", "end")
        for line in lines:
            told.insert("end", f"{line.mark}\t", (line.mark, "line"), f"{line.text}\n", ("line",))
        if not lines:
            told.insert("end", self._texts.begin, ("–",))
        told.configure(state="disabled")

    def set_busy(self, is_busy: bool) -> None:
        """Let *Test* and *Save* wait, or be pressed again."""
        for button in (self._test, self._save):
            button.state(["disabled" if is_busy else "!disabled"])

    def close(self) -> None:
        """Go away."""
        self._root.destroy()

    def _tick(self) -> None:
        self._desk.tick()
        self._root.after(_TICK_MS, self._tick)

    def _entry(self, frame: ttk.Frame, row: int, label: str) -> ttk.Entry:
        ttk.Label(frame, text=label).grid(row=row, column=0, sticky="w", pady=4)
        entry = ttk.Entry(frame)
        entry.grid(row=row, column=1, sticky="ew", padx=(12, 0), pady=4)
        return entry

    def _result(self, frame: ttk.Frame) -> tkinter.Text:
        box = ttk.Frame(frame, relief="sunken", borderwidth=1)
        box.grid(row=7, columnspan=3, sticky="nsew")
        told = tkinter.Text(box, height=12, width=78, wrap="word", relief="flat", padx=8, pady=8, tabs=("22p",))
        told.configure(background="white", foreground="#202020", font="TkDefaultFont", takefocus=False)
        bar = ttk.Scrollbar(box, command=told.yview)
        told.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        told.pack(side="left", fill="both", expand=True)
        for mark, colour in _COLOURS.items():
            told.tag_configure(mark, foreground=colour)
        told.tag_configure("line", lmargin2="22p", spacing3=4)
        return told

    def _browse(self) -> None:
        kinds = [(self._texts.files, "*.json"), ("*", "*")]
        name = filedialog.askopenfilename(parent=self._root, title=self._texts.files, filetypes=kinds)
        if name:
            self._desk.take(name)


def _style(root: tkinter.Tk) -> None:
    style = ttk.Style(root)
    if style.theme_use() == "default":
        style.theme_use("clam")  # the plainest of those with drawn edges
    root.configure(background=style.lookup("TFrame", "background"))
