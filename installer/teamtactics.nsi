; The Windows installer: per user, no administrator rights. Compiled by build.py, which defines
; TARGET (amd64-unicode; x86-unicode where NSIS has no other), VERSION, VERSION_NUMBERS, SOURCE (the folder of PyInstaller), SETUP (the file to make), SIZE_KB, PICTURES (the folder of pictures.py) and perhaps ICON.
;
; Silent:  setup.exe /S [/TEAM=file, or /CREDENTIALS=file] [/IRACINGID=n] [/TOPIC=id] [/AUTOSTART=1|0] [/RUN=1|0] [/D=folder, last]
;          /LANG=1033 (English) or 1031 (German) instead of the language of Windows. /D works with pages as well.
;          Exit code 0: done; 3: done, but the team or key file is not usable and was not taken over;
;          4: teamtactics could not be closed, nothing was changed.
;          uninstall.exe /S [/DELETEDATA] [/DELETEKEY] [/LANG=n]

Unicode true
Target ${TARGET}
RequestExecutionLevel user
ManifestDPIAware true
SetCompressor /SOLID lzma

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include nsDialogs.nsh

!define NAME "teamtactics"
!define MUTEX "Local\teamtactics"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\teamtactics"
!define OWN_KEY "Software\teamtactics"
!define EXIT_CREDENTIALS 3
!define EXIT_NOT_CLOSED 4
; 100 looks every 200 ms: the program delivers for some seconds before it ends.
!define CLOSE_LOOKS 100
; 80 looks every 250 ms at a check that may have no network.
!define CHECK_LOOKS 80
!define CHECK_LOOK_MS 250
!define CHECK_BYTES 32768
; Windows' STARTUPINFOW: its size, and where dwFlags and hStdOutput (with hStdError behind it) lie.
!if ${NSIS_PTR_SIZE} > 4
  !define STARTUPINFO_BYTES 104
  !define STARTUPINFO_FLAGS 60
  !define STARTUPINFO_OUTPUT 88
!else
  !define STARTUPINFO_BYTES 68
  !define STARTUPINFO_FLAGS 44
  !define STARTUPINFO_OUTPUT 60
!endif

Name "${NAME}"
BrandingText "${NAME} ${VERSION}"
OutFile "${SETUP}"
InstallDir "$LOCALAPPDATA\Programs\teamtactics"
InstallDirRegKey HKCU "${OWN_KEY}" "InstallDir"
ShowInstDetails nevershow
ShowUninstDetails nevershow
AutoCloseWindow true

VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey /LANG=0 "ProductName" "${NAME}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileDescription" "${NAME} setup"
VIAddVersionKey /LANG=0 "LegalCopyright" "The teamtactics authors"

Var OldDir          ; where an earlier version is installed, or empty
Var WasRunning      ; 1: the tray ran before
Var IracingId
Var Handout         ; the admin's file: team.json (key and topic in one), or the key file
Var Topic
Var Autostart       ; 1: start with Windows
Var RunAfter        ; silent: 1 starts it, 0 does not, empty: as it was
Var IdField
Var FileField
Var TopicLabel
Var TopicField
Var AutostartBox
Var RunBox
Var CheckTitle
Var CheckText
Var CheckButton
Var CheckProcess    ; its handle while it runs, 0 otherwise
Var CheckPipe       ; where its output comes out
Var CheckLooks
Var TrayPicture
Var DeleteData
Var DeleteKey
Var DeleteDataBox
Var DeleteKeyBox
Var KeyName

!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!define MUI_ABORTWARNING
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURES}/side.bmp"
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "${PICTURES}/header.bmp"
!define MUI_WELCOMEPAGE_TITLE "$(WELCOME_TITLE)"
!define MUI_WELCOMEPAGE_TEXT "$(WELCOME_TEXT)"

!insertmacro MUI_PAGE_WELCOME
Page custom AnswersPage AnswersLeave
!insertmacro MUI_PAGE_INSTFILES
Page custom DonePage DoneLeave

!insertmacro MUI_UNPAGE_CONFIRM
UninstPage custom un.DataPage un.DataLeave
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"

LangString WELCOME_TITLE ${LANG_ENGLISH} "teamtactics ${VERSION}"
LangString WELCOME_TITLE ${LANG_GERMAN} "teamtactics ${VERSION}"
LangString WELCOME_TEXT ${LANG_ENGLISH} "teamtactics records your team's laps, fuel, stints and pit stops in iRacing and brings them to the team's own Google project.$\r$\n$\r$\nIt is installed for you alone and needs no administrator rights. Your settings and recorded laps stay when you install a newer version.$\r$\n$\r$\n$_CLICK"
LangString WELCOME_TEXT ${LANG_GERMAN} "teamtactics zeichnet Runden, Sprit, Stints und Boxenstopps deines Teams in iRacing auf und bringt sie in das Google-Projekt des Teams.$\r$\n$\r$\nEs wird nur für dich installiert und braucht keine Administratorrechte. Einstellungen und aufgezeichnete Runden bleiben bei einer neueren Version erhalten.$\r$\n$\r$\n$_CLICK"
LangString ANSWERS_TITLE ${LANG_ENGLISH} "Your team"
LangString ANSWERS_TITLE ${LANG_GERMAN} "Dein Team"
LangString ANSWERS_SUBTITLE ${LANG_ENGLISH} "All of it may stay empty and be filled in later."
LangString ANSWERS_SUBTITLE ${LANG_GERMAN} "Alles darf leer bleiben und später ausgefüllt werden."
LangString ANSWERS_AGAIN ${LANG_ENGLISH} "What stays empty here stays as it is in your settings."
LangString ANSWERS_AGAIN ${LANG_GERMAN} "Was hier leer bleibt, bleibt in deinen Einstellungen, wie es ist."
LangString ASK_FILE ${LANG_ENGLISH} "File from your team's admin: team.json or a key file (.json)"
LangString ASK_FILE ${LANG_GERMAN} "Datei vom Admin deines Teams: team.json oder Schlüsseldatei (.json)"
LangString ASK_FILE_WHY ${LANG_ENGLISH} "It is copied beside your settings. Without it everything stays on this PC."
LangString ASK_FILE_WHY ${LANG_GERMAN} "Sie wird neben deine Einstellungen kopiert. Ohne sie bleibt alles auf diesem PC."
LangString ASK_TOPIC ${LANG_ENGLISH} "Pub/Sub topic of the team:"
LangString ASK_TOPIC ${LANG_GERMAN} "Pub/Sub-Topic des Teams:"
LangString TOPIC_IN_FILE ${LANG_ENGLISH} "Pub/Sub topic of the team: it comes with the team.json"
LangString TOPIC_IN_FILE ${LANG_GERMAN} "Pub/Sub-Topic des Teams: steht in der team.json"
LangString ASK_ID ${LANG_ENGLISH} "Your iRacing customer number:"
LangString ASK_ID ${LANG_GERMAN} "Deine iRacing-Kundennummer:"
LangString ASK_AUTOSTART ${LANG_ENGLISH} "Start with Windows"
LangString ASK_AUTOSTART ${LANG_GERMAN} "Mit Windows starten"
LangString BROWSE ${LANG_ENGLISH} "Browse…"
LangString BROWSE ${LANG_GERMAN} "Durchsuchen…"
LangString KEY_FILES ${LANG_ENGLISH} "Team and key files"
LangString KEY_FILES ${LANG_GERMAN} "Team- und Schlüsseldateien"
LangString ID_IS_NO_NUMBER ${LANG_ENGLISH} "The iRacing customer number has digits only. It stands in your account on iracing.com; you can leave the field empty."
LangString ID_IS_NO_NUMBER ${LANG_GERMAN} "Die iRacing-Kundennummer besteht nur aus Ziffern. Sie steht in deinem Konto auf iracing.com; das Feld kann leer bleiben."
LangString NO_SUCH_FILE ${LANG_ENGLISH} "There is no file $Handout. Choose another one, or leave the field empty."
LangString NO_SUCH_FILE ${LANG_GERMAN} "Die Datei $Handout gibt es nicht. Wähle eine andere oder lass das Feld leer."
LangString COPIES ${LANG_ENGLISH} "The program is copied to $INSTDIR"
LangString COPIES ${LANG_GERMAN} "Das Programm wird nach $INSTDIR kopiert"
LangString RUN_NOW ${LANG_ENGLISH} "Start teamtactics now"
LangString RUN_NOW ${LANG_GERMAN} "teamtactics jetzt starten"
LangString NOT_CLOSED ${LANG_ENGLISH} "teamtactics is still running and does not end. Quit it (right click on its icon, Quit) and try again."
LangString NOT_CLOSED ${LANG_GERMAN} "teamtactics läuft noch und endet nicht. Beende es (Rechtsklick auf das Symbol, Beenden) und versuche es noch einmal."
LangString NOT_CONFIGURED ${LANG_ENGLISH} "teamtactics is installed, but not all of your answers could be used:"
LangString NOT_CONFIGURED ${LANG_GERMAN} "teamtactics ist installiert, aber nicht alle Angaben waren brauchbar:"
LangString DATA_TITLE ${LANG_ENGLISH} "Your data"
LangString DATA_TITLE ${LANG_GERMAN} "Deine Daten"
LangString DATA_SUBTITLE ${LANG_ENGLISH} "It stays on this PC, unless you want otherwise."
LangString DATA_SUBTITLE ${LANG_GERMAN} "Sie bleiben auf diesem PC, wenn du nichts anderes willst."
LangString DELETE_DATA ${LANG_ENGLISH} "Delete my settings and all recorded laps, also those not yet delivered"
LangString DELETE_DATA ${LANG_GERMAN} "Meine Einstellungen und alle aufgezeichneten Runden löschen, auch noch nicht übermittelte"
LangString DELETE_KEY ${LANG_ENGLISH} "Delete the team's key file that was copied beside the settings; to use teamtactics with the team again you would need it"
LangString DELETE_KEY ${LANG_GERMAN} "Die Schlüsseldatei des Teams löschen, die neben die Einstellungen kopiert wurde; um wieder mit dem Team zu fahren, würdest du sie brauchen"
LangString DONE_TITLE ${LANG_ENGLISH} "teamtactics is installed"
LangString DONE_TITLE ${LANG_GERMAN} "teamtactics ist installiert"
LangString DONE_SUBTITLE ${LANG_ENGLISH} "It has no window of its own: its icon lives beside the clock."
LangString DONE_SUBTITLE ${LANG_GERMAN} "Es hat kein eigenes Fenster: Sein Symbol sitzt neben der Uhr."
LangString WHERE_ICON ${LANG_ENGLISH} "A grey ring: it waits for iRacing. If it is not there, click on ^ and drag it onto the taskbar. A right click opens its menu."
LangString WHERE_ICON ${LANG_GERMAN} "Ein grauer Ring: Es wartet auf iRacing. Fehlt er, klicke auf ^ und zieh ihn auf die Taskleiste. Ein Rechtsklick öffnet das Menü."
LangString CHECK_RUNS ${LANG_ENGLISH} "Checking key, topic and connection…"
LangString CHECK_RUNS ${LANG_GERMAN} "Schlüssel, Topic und Verbindung werden geprüft …"
LangString CHECK_GOOD ${LANG_ENGLISH} "Checked: nothing is wrong."
LangString CHECK_GOOD ${LANG_GERMAN} "Geprüft: Alles in Ordnung."
LangString CHECK_BAD ${LANG_ENGLISH} "Checked: not everything works yet."
LangString CHECK_BAD ${LANG_GERMAN} "Geprüft: Noch geht nicht alles."
LangString CHECK_LATE ${LANG_ENGLISH} "No answer in 20 seconds: is this PC online?"
LangString CHECK_LATE ${LANG_GERMAN} "Keine Antwort in 20 Sekunden: Ist dieser PC online?"
LangString TEST ${LANG_ENGLISH} "&Test again"
LangString TEST ${LANG_GERMAN} "Noch einmal &testen"
LangString FINISH ${LANG_ENGLISH} "&Finish"
LangString FINISH ${LANG_GERMAN} "&Fertig"

; Asks the running tray to end and waits until no program of $INSTDIR is in use; leaves 1 in $WasRunning if one ran.
!macro CLOSE_RUNNING un
Function ${un}IsInUse
  ; Leaves 1 in $0 while the tray runs or a program file cannot be written.
  StrCpy $0 0
  System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p .r1'
  ${If} $1 P<> 0
    System::Call 'kernel32::CloseHandle(p r1)'
    StrCpy $0 1
    Return
  ${EndIf}
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\teamtactics.exe"
    FileOpen $1 "$INSTDIR\teamtactics.exe" a
    ${If} ${Errors}
      StrCpy $0 1
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\teamtactics-cli.exe"
    FileOpen $1 "$INSTDIR\teamtactics-cli.exe" a
    ${If} ${Errors}
      StrCpy $0 1
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
FunctionEnd

Function ${un}CloseRunning
  StrCpy $WasRunning 0
  Call ${un}IsInUse
  ${If} $0 = 0
    Return
  ${EndIf}
  System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p .r1'
  ${If} $1 P<> 0
    System::Call 'kernel32::CloseHandle(p r1)'
    StrCpy $WasRunning 1
  ${EndIf}
  again:
  StrCpy $2 "$INSTDIR"
  ${If} $OldDir != ""
    StrCpy $2 "$OldDir"
  ${EndIf}
  nsExec::Exec /TIMEOUT=15000 '"$2\teamtactics-cli.exe" quit'
  Pop $1
  StrCpy $3 0
  ${Do}
    Call ${un}IsInUse
    ${If} $0 = 0
      Return
    ${EndIf}
    Sleep 200
    IntOp $3 $3 + 1
  ${LoopUntil} $3 >= ${CLOSE_LOOKS}
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(NOT_CLOSED)" /SD IDCANCEL IDRETRY again
  SetErrorLevel ${EXIT_NOT_CLOSED}
  Quit
FunctionEnd
!macroend
!insertmacro CLOSE_RUNNING ""
!insertmacro CLOSE_RUNNING "un."

Function .onInit
  ReadRegStr $OldDir HKCU "${OWN_KEY}" "InstallDir"
  ${IfNot} ${FileExists} "$OldDir\teamtactics.exe"
    StrCpy $OldDir ""
  ${EndIf}
  Call ReadAutostart
  ${GetParameters} $0
  ${GetOptions} $0 "/IRACINGID=" $IracingId
  ClearErrors
  ${GetOptions} $0 "/TEAM=" $Handout
  ${If} ${Errors}
    ${GetOptions} $0 "/CREDENTIALS=" $Handout
  ${EndIf}
  ${GetOptions} $0 "/TOPIC=" $Topic
  ${GetOptions} $0 "/RUN=" $RunAfter
  ; Quoted as a whole ("/CREDENTIALS=a b", as some shells do) the closing quote is left over.
  StrCpy $1 $Handout 1 -1
  ${If} $1 == '"'
    StrCpy $Handout $Handout -1
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/LANG=" $1
  ${IfNot} ${Errors}
    StrCpy $LANGUAGE $1
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/AUTOSTART=" $1
  ${IfNot} ${Errors}
    StrCpy $Autostart 0
    ${If} $1 != "0"
      StrCpy $Autostart 1
    ${EndIf}
  ${EndIf}
FunctionEnd

; What the user has: 1 in $Autostart for a first installation, later as it is, a "disabled" of Task Manager included.
Function ReadAutostart
  StrCpy $Autostart 1
  ${If} $OldDir == ""
    Return
  ${EndIf}
  ReadRegStr $0 HKCU "${RUN_KEY}" "${NAME}"
  ${If} $0 == ""
    StrCpy $Autostart 0
    Return
  ${EndIf}
  System::Alloc 64
  Pop $1
  ; -2147483647 is HKEY_CURRENT_USER, 8 asks for REG_BINARY. The first byte is odd when the user switched it off.
  System::Call 'advapi32::RegGetValueW(p -2147483647, w "${APPROVED_KEY}", w "${NAME}", i 8, p 0, p r1, *i 64) i .r2'
  ${If} $2 = 0
    System::Call '*$1(&i1 .r3)'
    IntOp $3 $3 & 1
    ${If} $3 = 1
      StrCpy $Autostart 0
    ${EndIf}
  ${EndIf}
  System::Free $1
FunctionEnd

Function AnswersPage
  ${If} $OldDir == ""
    !insertmacro MUI_HEADER_TEXT "$(ANSWERS_TITLE)" "$(ANSWERS_SUBTITLE)"
  ${Else}
    !insertmacro MUI_HEADER_TEXT "$(ANSWERS_TITLE)" "$(ANSWERS_AGAIN)"
  ${EndIf}
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 10u "$(ASK_FILE)"
  Pop $0
  ${NSD_CreateText} 0 11u 76% 13u "$Handout"
  Pop $FileField
  ${NSD_OnChange} $FileField FileChanged
  ${NSD_CreateButton} 78% 11u 21% 13u "$(BROWSE)"
  Pop $0
  ${NSD_OnClick} $0 BrowseFile
  ${NSD_CreateLabel} 0 26u 100% 10u "$(ASK_FILE_WHY)"
  Pop $0
  ${NSD_CreateLabel} 0 46u 100% 10u "$(ASK_TOPIC)"
  Pop $TopicLabel
  ${NSD_CreateText} 0 57u 76% 13u "$Topic"
  Pop $TopicField
  ${NSD_CreateLabel} 0 80u 100% 10u "$(ASK_ID)"
  Pop $0
  ${NSD_CreateText} 0 91u 40% 13u "$IracingId"
  Pop $IdField
  ${NSD_CreateCheckbox} 0 116u 100% 12u "$(ASK_AUTOSTART)"
  Pop $AutostartBox
  ${If} $Autostart = 1
    ${NSD_Check} $AutostartBox
  ${EndIf}
  Push 0
  Call FileChanged
  ${NSD_SetFocus} $FileField
  nsDialogs::Show
FunctionEnd

Function BrowseFile
  Pop $0
  nsDialogs::SelectFileDialog open "" "$(KEY_FILES) (*.json)|*.json"
  Pop $0
  ${If} $0 != ""
    ${NSD_SetText} $FileField $0
  ${EndIf}
FunctionEnd

; A team.json has the topic in it: there is nothing to fill in.
Function FileChanged
  Pop $0
  Call GivenFile
  Call IsTeamFile
  ${If} $1 = 1
    ${NSD_SetText} $TopicLabel "$(TOPIC_IN_FILE)"
    EnableWindow $TopicField 0
  ${Else}
    ${NSD_SetText} $TopicLabel "$(ASK_TOPIC)"
    EnableWindow $TopicField 1
  ${EndIf}
FunctionEnd

; Leaves the file of the page in $0, without the quotes that Explorer's "Copy as path" puts around it.
Function GivenFile
  ${NSD_GetText} $FileField $0
  StrCpy $1 $0 1
  ${If} $1 == '"'
    StrCpy $0 $0 "" 1
  ${EndIf}
  StrCpy $1 $0 1 -1
  ${If} $1 == '"'
    StrCpy $0 $0 -1
  ${EndIf}
FunctionEnd

; Leaves 1 in $1 when the file $0 is a team.json: it has a "key", which a key file alone has not.
Function IsTeamFile
  StrCpy $1 0
  ClearErrors
  FileOpen $2 "$0" r
  ${If} ${Errors}
    Return
  ${EndIf}
  StrCpy $3 ""
  StrCpy $4 0
  ${Do}
    ClearErrors
    FileRead $2 $5 900
    ${If} ${Errors}
      ${ExitDo}
    ${EndIf}
    ; With the end of the piece before: the word may lie across both.
    StrCpy $5 "$3$5"
    StrCpy $3 $5 "" -4
    StrLen $6 $5
    StrCpy $7 0
    ${While} $7 < $6
      StrCpy $8 $5 5 $7
      ${If} $8 S== '"key"'
        StrCpy $1 1
        ${ExitDo}
      ${EndIf}
      IntOp $7 $7 + 1
    ${EndWhile}
    IntOp $4 $4 + 1
  ${LoopUntil} $4 >= 100
  FileClose $2
FunctionEnd

Function AnswersLeave
  ${NSD_GetText} $TopicField $Topic
  ${NSD_GetText} $IdField $IracingId
  ${NSD_GetState} $AutostartBox $Autostart
  Call GivenFile
  StrCpy $Handout $0
  ${If} $Handout != ""
    ${IfNot} ${FileExists} "$Handout"
      MessageBox MB_ICONEXCLAMATION "$(NO_SUCH_FILE)"
      Abort
    ${EndIf}
    Call IsTeamFile
    ${If} $1 = 1
      StrCpy $Topic ""
    ${EndIf}
  ${EndIf}
  ${If} $IracingId != ""
    StrCpy $0 $IracingId
    ${Do}
      StrCpy $1 $0 1
      ${If} $1 S< "0"
      ${OrIf} $1 S> "9"
        MessageBox MB_ICONEXCLAMATION "$(ID_IS_NO_NUMBER)"
        Abort
      ${EndIf}
      StrCpy $0 $0 "" 1
    ${LoopUntil} $0 == ""
  ${EndIf}
FunctionEnd

Section
  Call CloseRunning
  ${If} $OldDir != ""
  ${AndIf} $OldDir != $INSTDIR
    ; Moved: the old folder goes, settings and laps stay. _?= keeps the uninstaller from running out of a copy.
    ExecWait '"$OldDir\uninstall.exe" /S _?=$OldDir'
    Delete "$OldDir\uninstall.exe"
    RMDir "$OldDir"
  ${EndIf}

  SetDetailsPrint textonly
  DetailPrint "$(COPIES)"
  SetDetailsPrint none

  ; What an older version had and this one has not must not be found by it.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\teamtactics.lnk" "$INSTDIR\teamtactics.exe"

  WriteRegStr HKCU "${OWN_KEY}" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\teamtactics.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "teamtactics"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1

  ${If} $Autostart = 1
    ; As the tray's own switch does it: the newest wish counts, also against an older one of the Task Manager.
    DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
    WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\teamtactics.exe"'
  ${Else}
    Call SwitchAutostartOff
  ${EndIf}

  Call Configure
  ${If} ${Silent}
    ${If} $RunAfter == ""
      StrCpy $RunAfter $WasRunning
    ${EndIf}
    ${If} $RunAfter == "1"
      Exec '"$INSTDIR\teamtactics.exe"'
    ${EndIf}
  ${EndIf}
SectionEnd

; An entry the Task Manager switched off stays, so that it can be switched on there; otherwise there is none.
Function SwitchAutostartOff
  System::Call 'advapi32::RegGetValueW(p -2147483647, w "${APPROVED_KEY}", w "${NAME}", i 8, p 0, p 0, *i 0) i .r2'
  ${If} $2 = 0
    WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\teamtactics.exe"'
  ${Else}
    DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
  ${EndIf}
FunctionEnd

; The program itself writes the answers: it knows the ini's place and encoding, and keeps the comments.
Function Configure
  StrCpy $1 ""
  ${If} $IracingId != ""
    StrCpy $1 '$1 --iracing-id "$IracingId"'
  ${EndIf}
  ${If} $Handout != ""
    StrCpy $1 '$1 --team "$Handout"' ; it takes both kinds
  ${EndIf}
  ${If} $Topic != ""
    StrCpy $1 '$1 --topic "$Topic"'
  ${EndIf}
  ${If} ${Silent}
  ${AndIf} $1 == ""
    Return ; nobody was asked: the first start does it
  ${EndIf}
  nsExec::ExecToStack /OEM '"$INSTDIR\teamtactics-cli.exe" configure$1'
  Pop $0
  Pop $2
  ${If} $0 != 0
    SetErrorLevel ${EXIT_CREDENTIALS}
    MessageBox MB_ICONEXCLAMATION "$(NOT_CONFIGURED)$\r$\n$\r$\n$2" /SD IDOK
  ${EndIf}
FunctionEnd

; The last page: where the icon is, and what the program's own check says. The check runs beside it.
Function DonePage
  !insertmacro MUI_HEADER_TEXT "$(DONE_TITLE)" "$(DONE_SUBTITLE)"
  GetDlgItem $0 $HWNDPARENT 1
  SendMessage $0 ${WM_SETTEXT} 0 "STR:$(FINISH)"
  GetDlgItem $0 $HWNDPARENT 2
  EnableWindow $0 0 ; everything is done: there is nothing to cancel
  GetDlgItem $0 $HWNDPARENT 3
  ShowWindow $0 ${SW_HIDE}
  InitPluginsDir
  File "/oname=$PLUGINSDIR\tray.bmp" "${PICTURES}/tray.bmp"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateBitmap} 0 0 173u 25u ""
  Pop $0
  ${NSD_SetStretchedBitmap} $0 "$PLUGINSDIR\tray.bmp" $TrayPicture
  ${NSD_CreateLabel} 0 29u 100% 18u "$(WHERE_ICON)"
  Pop $0
  ${NSD_CreateLabel} 0 53u 66% 10u ""
  Pop $CheckTitle
  ${NSD_CreateButton} 68% 50u 31% 13u "$(TEST)"
  Pop $CheckButton
  ${NSD_OnClick} $CheckButton StartCheck
  nsDialogs::CreateControl EDIT ${DEFAULT_STYLES}|${WS_TABSTOP}|${WS_VSCROLL}|${ES_MULTILINE}|${ES_READONLY} ${WS_EX_CLIENTEDGE} 0 65u 99% 58u ""
  Pop $CheckText
  ${NSD_CreateCheckbox} 0 127u 100% 12u "$(RUN_NOW)"
  Pop $RunBox
  ${NSD_Check} $RunBox
  Push 0
  Call StartCheck
  nsDialogs::Show
  ${NSD_FreeBitmap} $TrayPicture
FunctionEnd

Function DoneLeave
  ${NSD_KillTimer} LookAtCheck
  Call EndCheck
  ${NSD_GetState} $RunBox $0
  ${If} $0 = ${BST_CHECKED}
    Exec '"$INSTDIR\teamtactics.exe"'
  ${EndIf}
FunctionEnd

; Through a pipe and without waiting: nsExec would stop the page, and keeps no more than a thousand characters.
Function StartCheck
  Pop $0
  ${If} $CheckProcess P<> 0
    Return
  ${EndIf}
  EnableWindow $CheckButton 0
  ${NSD_SetText} $CheckTitle "$(CHECK_RUNS)"
  ${NSD_SetText} $CheckText ""
  System::Call 'kernel32::CreatePipe(*p .r1, *p .r2, p 0, i ${CHECK_BYTES})'
  System::Call 'kernel32::SetHandleInformation(p r2, i 1, i 1)' ; the program inherits its end
  System::Alloc ${STARTUPINFO_BYTES}
  Pop $3
  System::Alloc 24
  Pop $4
  System::Call '*$3(i ${STARTUPINFO_BYTES})'
  IntPtrOp $5 $3 + ${STARTUPINFO_FLAGS}
  System::Call '*$5(i 0x100)' ; the three handles count
  IntPtrOp $5 $3 + ${STARTUPINFO_OUTPUT}
  System::Call '*$5(p r2, p r2)'
  StrCpy $6 '"$INSTDIR\teamtactics-cli.exe" check'
  System::Call 'kernel32::CreateProcessW(p 0, w r6, p 0, p 0, i 1, i 0x08000000, p 0, p 0, p r3, p r4) i .r5' ; no console
  ${If} $5 <> 0
    System::Call '*$4(p .r6, p .r7)'
    System::Call 'kernel32::CloseHandle(p r7)'
    StrCpy $CheckProcess $6
    StrCpy $CheckPipe $1
    StrCpy $CheckLooks 0
    ${NSD_CreateTimer} LookAtCheck ${CHECK_LOOK_MS}
  ${Else}
    System::Call 'kernel32::CloseHandle(p r1)'
    ${NSD_SetText} $CheckTitle "$(CHECK_BAD)"
  ${EndIf}
  System::Call 'kernel32::CloseHandle(p r2)'
  System::Free $3
  System::Free $4
FunctionEnd

Function LookAtCheck
  IntOp $CheckLooks $CheckLooks + 1
  System::Call 'kernel32::WaitForSingleObject(p $CheckProcess, i 0) i .r0'
  ${If} $0 = 0
    System::Call 'kernel32::GetExitCodeProcess(p $CheckProcess, *i .r0)'
    ${If} $0 = 0
      ${NSD_SetText} $CheckTitle "$(CHECK_GOOD)"
    ${Else}
      ${NSD_SetText} $CheckTitle "$(CHECK_BAD)"
    ${EndIf}
    Call ShowChecked
  ${ElseIf} $CheckLooks >= ${CHECK_LOOKS}
    ${NSD_SetText} $CheckTitle "$(CHECK_LATE)"
  ${Else}
    Return
  ${EndIf}
  ${NSD_KillTimer} LookAtCheck
  Call EndCheck
  EnableWindow $CheckButton 1
FunctionEnd

; The output goes into the field as bytes: a string of NSIS holds a thousand characters only.
Function ShowChecked
  System::Call 'kernel32::PeekNamedPipe(p $CheckPipe, p 0, i 0, p 0, *i .r1, p 0)'
  ${If} $1 < 1
  ${OrIf} $1 > ${CHECK_BYTES}
    Return
  ${EndIf}
  IntOp $2 $1 + 2
  System::Alloc $2
  Pop $2
  System::Call 'kernel32::ReadFile(p $CheckPipe, p r2, i r1, *i .r3, p 0)'
  System::Call 'user32::SetWindowTextA(p $CheckText, p r2)'
  System::Free $2
FunctionEnd

Function EndCheck
  ${If} $CheckProcess P<> 0
    System::Call 'kernel32::TerminateProcess(p $CheckProcess, i 1)' ; of one that has ended it does nothing
    System::Call 'kernel32::CloseHandle(p $CheckProcess)'
    System::Call 'kernel32::CloseHandle(p $CheckPipe)'
    StrCpy $CheckProcess 0
  ${EndIf}
FunctionEnd

Function un.onInit
  StrCpy $DeleteData 0
  StrCpy $DeleteKey 0
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/LANG=" $1
  ${IfNot} ${Errors}
    StrCpy $LANGUAGE $1
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/DELETEDATA" $1
  ${IfNot} ${Errors}
    StrCpy $DeleteData 1
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/DELETEKEY" $1
  ${IfNot} ${Errors}
    StrCpy $DeleteKey 1
  ${EndIf}
FunctionEnd

Function un.DataPage
  !insertmacro MUI_HEADER_TEXT "$(DATA_TITLE)" "$(DATA_SUBTITLE)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateCheckbox} 0 0 100% 20u "$(DELETE_DATA)"
  Pop $DeleteDataBox
  ${NSD_AddStyle} $DeleteDataBox ${BS_MULTILINE}
  ${NSD_CreateCheckbox} 0 28u 100% 30u "$(DELETE_KEY)"
  Pop $DeleteKeyBox
  ${NSD_AddStyle} $DeleteKeyBox ${BS_MULTILINE}
  ${If} $DeleteData = 1
    ${NSD_Check} $DeleteDataBox
  ${EndIf}
  ${If} $DeleteKey = 1
    ${NSD_Check} $DeleteKeyBox
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function un.DataLeave
  ${NSD_GetState} $DeleteDataBox $DeleteData
  ${NSD_GetState} $DeleteKeyBox $DeleteKey
FunctionEnd

; Leaves 1 in $2 when $1, the name of a file beside the settings, is a key file: by its ending, or as the ini names it.
Function un.IsKey
  StrCpy $2 0
  StrCpy $3 $1 "" -5
  ${If} $3 == ".json"
  ${OrIf} $1 == $KeyName
    StrCpy $2 1
  ${EndIf}
FunctionEnd

; Deletes what is beside the settings, the settings included: the key files, and what is none, as it is wished.
Function un.DeleteSettings
  ReadINIStr $KeyName "$APPDATA\teamtactics\teamtactics.ini" "global" "googleAccessToken"
  FindFirst $0 $1 "$APPDATA\teamtactics\*"
  ${DoUntil} $1 == ""
    ${If} $1 != "."
    ${AndIf} $1 != ".."
      Call un.IsKey
      ${If} $2 = 1
        ${If} $DeleteKey = 1
          Delete "$APPDATA\teamtactics\$1"
        ${EndIf}
      ${ElseIf} $DeleteData = 1
        Delete "$APPDATA\teamtactics\$1"
        RMDir /r "$APPDATA\teamtactics\$1"
      ${EndIf}
    ${EndIf}
    FindNext $0 $1
  ${Loop}
  FindClose $0
  RMDir "$APPDATA\teamtactics"
FunctionEnd

Section Uninstall
  Call un.CloseRunning
  ; What is ours by name: an ini or a key file that somebody put beside the program stays.
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\teamtactics.exe"
  Delete "$INSTDIR\teamtactics-cli.exe"
  Delete "$INSTDIR\THIRD-PARTY.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\teamtactics.lnk"
  DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
  DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  DeleteRegKey HKCU "${OWN_KEY}"
  ${If} $DeleteData = 1
    RMDir /r "$LOCALAPPDATA\teamtactics"
  ${EndIf}
  ${If} $DeleteData = 1
  ${OrIf} $DeleteKey = 1
    Call un.DeleteSettings
  ${EndIf}
SectionEnd
