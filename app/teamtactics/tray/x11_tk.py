"""The program behind ``x11_windows``: one Tk window, its content as JSON on the standard input, the answer printed."""

from __future__ import annotations

import json
import sys
import tkinter
from collections.abc import Callable, Sequence
from typing import Any

_WIDTH = 360
_BESIDE = 4
"""Pixels."""


def _fill(menu: tkinter.Menu, items: Sequence[Sequence[Any]], marks: list[tkinter.BooleanVar]) -> None:
    """
    Put *items* into *menu*: text, choice, check mark, and the items of the menu that it opens.

    Args:
        marks: Gets what Tk must find for as long as the menu is there.
    """

    def tell(choice: str) -> Callable[[], None]:
        def command() -> None:
            sys.stdout.write(choice + "\n")
            sys.stdout.flush()

        return command

    for text, choice, is_checked, below in items:
        if text == "":
            menu.add_separator()
        elif below:
            inner = tkinter.Menu(menu, tearoff=False)
            _fill(inner, below, marks)
            menu.add_cascade(label=text, menu=inner)
        elif choice is None:
            menu.add_command(label=text, state="disabled")
        elif is_checked is None:
            menu.add_command(label=text, command=tell(choice))
        else:
            marks.append(tkinter.BooleanVar(menu, is_checked))
            menu.add_checkbutton(label=text, variable=marks[-1], command=tell(choice))


def _menu(root: tkinter.Tk, content: dict[str, Any]) -> None:
    menu = tkinter.Menu(root, tearoff=False)
    marks: list[tkinter.BooleanVar] = []
    _fill(menu, content["items"], marks)
    # The menu is gone when it is unmapped, chosen from or not; its command is called just after.
    menu.bind("<Unmap>", lambda event: root.after(100, root.quit) if event.widget is menu else None)
    x, y = content["x"], content["y"]
    menu.update_idletasks()
    # Beside the pointer, on the side where there is room: under it a click without a move would choose something.
    is_low = y > root.winfo_screenheight() // 2
    top = y - menu.winfo_reqheight() - _BESIDE if is_low else y + _BESIDE

    def post() -> None:
        menu.tk_popup(x, max(0, top))
        menu.focus_force()

    root.after(0, post)
    root.mainloop()


def _message(root: tkinter.Tk, content: dict[str, Any]) -> None:
    window = tkinter.Toplevel(root, background="#202020", padx=14, pady=10)
    window.overrideredirect(True)
    window.attributes("-topmost", True)
    for text, weight in ((content["title"], "bold"), (content["text"], "normal")):
        tkinter.Label(
            window,
            text=text,
            font=("TkDefaultFont", 10, weight),
            background="#202020",
            foreground="#f3f3f3",
            justify="left",
            anchor="w",
            wraplength=_WIDTH,
        ).pack(fill="x", pady=2)
    window.update_idletasks()
    x = root.winfo_screenwidth() - window.winfo_reqwidth() - 24
    y = root.winfo_screenheight() - window.winfo_reqheight() - 64
    window.geometry(f"+{x}+{y}")
    for widget in (window, *window.winfo_children()):
        widget.bind("<Button>", lambda _event: root.quit())
    root.after(int(content["for_s"] * 1000), root.quit)
    root.mainloop()


def main(window: str) -> None:
    """Show one window with the content that stands on the standard input, and print what was chosen."""
    content = json.load(sys.stdin)
    root = tkinter.Tk(className="Teamtactics")
    root.withdraw()
    {"menu": _menu, "message": _message}[window](root, content)


if __name__ == "__main__":
    main(sys.argv[1])
