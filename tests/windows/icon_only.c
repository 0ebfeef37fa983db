/* The least that a program with an icon in the tray can be: what is left of its start is Windows' own (bench_windows).
   It ends when there is a file "end" in its folder. */

#include <windows.h>
#include <shellapi.h>

#define EVERY_MS 50

int WINAPI WinMain(HINSTANCE me, HINSTANCE former, LPSTR words, int how)
{
    WNDCLASSA kind = {.lpfnWndProc = DefWindowProcA, .hInstance = me, .lpszClassName = "icon_only"};
    RegisterClassA(&kind);
    NOTIFYICONDATAA icon = {
        .cbSize = sizeof icon,
        .hWnd = CreateWindowA("icon_only", "icon_only", 0, 0, 0, 0, 0, 0, 0, me, 0),
        .uFlags = NIF_ICON,
        .hIcon = LoadIconA(0, (LPCSTR)IDI_APPLICATION),
    };
    Shell_NotifyIconA(NIM_ADD, &icon);
    SetTimer(icon.hWnd, 1, EVERY_MS, 0);
    MSG message;
    while (GetMessageA(&message, 0, 0, 0) > 0 && GetFileAttributesA("end") == INVALID_FILE_ATTRIBUTES)
        DispatchMessageA(&message);
    Shell_NotifyIconA(NIM_DELETE, &icon);
    return 0;
}
