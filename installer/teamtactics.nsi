; The Windows installer: per user, no administrator rights. Compiled by build.py, which defines
; TARGET (amd64-unicode; x86-unicode where NSIS has no other), VERSION, VERSION_NUMBERS, SOURCE (the folder of PyInstaller), SETUP (the file to make), SIZE_KB and perhaps ICON.
;
; Silent:  setup.exe /S [/IRACINGID=n] [/CREDENTIALS=file] [/TOPIC=id] [/AUTOSTART=1|0] [/RUN=1|0] [/D=folder, last]
;          /LANG=1033 (English) or 1031 (German) instead of the language of Windows.
;          Exit code 0: done; 3: done, but the credentials file is not usable and was not taken over;
;          4: teamtactics could not be closed, nothing was changed.
;          uninstall.exe /S [/DELETEDATA]

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

Name "${NAME}"
BrandingText "${NAME} ${VERSION}"
OutFile "${SETUP}"
InstallDir "$LOCALAPPDATA\Programs\teamtactics"
InstallDirRegKey HKCU "${OWN_KEY}" "InstallDir"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey /LANG=0 "ProductName" "${NAME}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileDescription" "${NAME} setup"
VIAddVersionKey /LANG=0 "LegalCopyright" "The teamtactics authors"

Var OldDir          ; where an earlier version is installed, or empty
Var WasRunning      ; 1: the tray ran before
Var IracingId
Var Credentials
Var Topic
Var Autostart       ; 1: start with Windows
Var RunAfter        ; silent: 1 starts it, 0 does not, empty: as it was
Var IdField
Var CredentialsField
Var TopicField
Var AutostartBox
Var DeleteData
Var DeleteBox

!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!define MUI_ABORTWARNING
!define MUI_WELCOMEFINISHPAGE_BITMAP "${NSISDIR}/Contrib/Graphics/Wizard/nsis3-grey.bmp"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${NSISDIR}/Contrib/Graphics/Wizard/nsis3-grey.bmp"
!define MUI_FINISHPAGE_RUN "$INSTDIR\teamtactics.exe"
!define MUI_FINISHPAGE_RUN_TEXT "$(RUN_NOW)"
!define MUI_WELCOMEPAGE_TITLE "$(WELCOME_TITLE)"
!define MUI_WELCOMEPAGE_TEXT "$(WELCOME_TEXT)"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
Page custom AnswersPage AnswersLeave
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH

!insertmacro MUI_UNPAGE_CONFIRM
UninstPage custom un.DataPage un.DataLeave
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"

LangString WELCOME_TITLE ${LANG_ENGLISH} "teamtactics ${VERSION}"
LangString WELCOME_TITLE ${LANG_GERMAN} "teamtactics ${VERSION}"
LangString WELCOME_TEXT ${LANG_ENGLISH} "teamtactics records your team's laps, fuel, stints and pit stops in iRacing and brings them to the team's own Google project.$\r$\n$\r$\nIt is installed for you alone and needs no administrator rights. Your settings and recorded laps stay when you install a newer version.$\r$\n$\r$\n$_CLICK"
LangString WELCOME_TEXT ${LANG_GERMAN} "teamtactics zeichnet Runden, Sprit, Stints und Boxenstopps Ihres Teams in iRacing auf und bringt sie in das Google-Projekt des Teams.$\r$\n$\r$\nEs wird nur für Sie installiert und braucht keine Administratorrechte. Einstellungen und aufgezeichnete Runden bleiben bei einer neueren Version erhalten.$\r$\n$\r$\n$_CLICK"
LangString ANSWERS_TITLE ${LANG_ENGLISH} "Your team"
LangString ANSWERS_TITLE ${LANG_GERMAN} "Ihr Team"
LangString ANSWERS_SUBTITLE ${LANG_ENGLISH} "All of it may be left empty and filled in later; without it everything stays on this PC."
LangString ANSWERS_SUBTITLE ${LANG_GERMAN} "Alles darf leer bleiben und später ausgefüllt werden; ohne bleibt alles auf diesem PC."
LangString ASK_CREDENTIALS ${LANG_ENGLISH} "Key file of the team's Google service account (.json); it is copied beside your settings:"
LangString ASK_CREDENTIALS ${LANG_GERMAN} "Schlüsseldatei des Google-Dienstkontos Ihres Teams (.json); sie wird neben Ihre Einstellungen kopiert:"
LangString ASK_TOPIC ${LANG_ENGLISH} "Pub/Sub topic of the team:"
LangString ASK_TOPIC ${LANG_GERMAN} "Pub/Sub-Thema (Topic) des Teams:"
LangString ASK_ID ${LANG_ENGLISH} "Your iRacing customer number:"
LangString ASK_ID ${LANG_GERMAN} "Ihre iRacing-Kundennummer:"
LangString ASK_AUTOSTART ${LANG_ENGLISH} "Start with Windows"
LangString ASK_AUTOSTART ${LANG_GERMAN} "Mit Windows starten"
LangString BROWSE ${LANG_ENGLISH} "Browse…"
LangString BROWSE ${LANG_GERMAN} "Suchen…"
LangString KEY_FILES ${LANG_ENGLISH} "Key files"
LangString KEY_FILES ${LANG_GERMAN} "Schlüsseldateien"
LangString ID_IS_NO_NUMBER ${LANG_ENGLISH} "The iRacing customer number has digits only. It stands in your account on iracing.com; you can leave the field empty."
LangString ID_IS_NO_NUMBER ${LANG_GERMAN} "Die iRacing-Kundennummer besteht nur aus Ziffern. Sie steht in Ihrem Konto auf iracing.com; das Feld kann leer bleiben."
LangString NO_SUCH_FILE ${LANG_ENGLISH} "There is no file $Credentials. Choose another one, or leave the field empty."
LangString NO_SUCH_FILE ${LANG_GERMAN} "Die Datei $Credentials gibt es nicht. Wählen Sie eine andere oder lassen Sie das Feld leer."
LangString RUN_NOW ${LANG_ENGLISH} "Start teamtactics now"
LangString RUN_NOW ${LANG_GERMAN} "teamtactics jetzt starten"
LangString NOT_CLOSED ${LANG_ENGLISH} "teamtactics is still running and does not end. Quit it (right click on its icon, Quit) and try again."
LangString NOT_CLOSED ${LANG_GERMAN} "teamtactics läuft noch und endet nicht. Beenden Sie es (Rechtsklick auf das Symbol, Quit) und versuchen Sie es noch einmal."
LangString NOT_CONFIGURED ${LANG_ENGLISH} "teamtactics is installed, but not all of your answers could be used:"
LangString NOT_CONFIGURED ${LANG_GERMAN} "teamtactics ist installiert, aber nicht alle Angaben waren brauchbar:"
LangString DATA_TITLE ${LANG_ENGLISH} "Your data"
LangString DATA_TITLE ${LANG_GERMAN} "Ihre Daten"
LangString DATA_SUBTITLE ${LANG_ENGLISH} "Settings, key file and recorded laps stay, unless you want otherwise."
LangString DATA_SUBTITLE ${LANG_GERMAN} "Einstellungen, Schlüsseldatei und aufgezeichnete Runden bleiben, wenn Sie nichts anderes wollen."
LangString DELETE_DATA ${LANG_ENGLISH} "Delete my settings, the copied key file and all recorded laps, also those not yet delivered"
LangString DELETE_DATA ${LANG_GERMAN} "Meine Einstellungen, die kopierte Schlüsseldatei und alle aufgezeichneten Runden löschen, auch noch nicht übertragene"

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
  ${GetOptions} $0 "/CREDENTIALS=" $Credentials
  ${GetOptions} $0 "/TOPIC=" $Topic
  ${GetOptions} $0 "/RUN=" $RunAfter
  ; Quoted as a whole ("/CREDENTIALS=a b", as some shells do) the closing quote is left over.
  StrCpy $1 $Credentials 1 -1
  ${If} $1 == '"'
    StrCpy $Credentials $Credentials -1
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
  !insertmacro MUI_HEADER_TEXT "$(ANSWERS_TITLE)" "$(ANSWERS_SUBTITLE)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 10u "$(ASK_CREDENTIALS)"
  Pop $0
  ${NSD_CreateText} 0 12u 78% 13u "$Credentials"
  Pop $CredentialsField
  ${NSD_CreateButton} 80% 12u 20% 13u "$(BROWSE)"
  Pop $0
  ${NSD_OnClick} $0 BrowseCredentials
  ${NSD_CreateLabel} 0 36u 100% 10u "$(ASK_TOPIC)"
  Pop $0
  ${NSD_CreateText} 0 48u 78% 13u "$Topic"
  Pop $TopicField
  ${NSD_CreateLabel} 0 72u 100% 10u "$(ASK_ID)"
  Pop $0
  ${NSD_CreateText} 0 84u 40% 13u "$IracingId"
  Pop $IdField
  ${NSD_CreateCheckbox} 0 110u 100% 12u "$(ASK_AUTOSTART)"
  Pop $AutostartBox
  ${If} $Autostart = 1
    ${NSD_Check} $AutostartBox
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function BrowseCredentials
  nsDialogs::SelectFileDialog open "" "$(KEY_FILES) (*.json)|*.json"
  Pop $0
  ${If} $0 != ""
    ${NSD_SetText} $CredentialsField $0
  ${EndIf}
FunctionEnd

Function AnswersLeave
  ${NSD_GetText} $CredentialsField $Credentials
  ${NSD_GetText} $TopicField $Topic
  ${NSD_GetText} $IdField $IracingId
  ${NSD_GetState} $AutostartBox $Autostart
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
  ${If} $Credentials != ""
  ${AndIfNot} ${FileExists} "$Credentials"
    MessageBox MB_ICONEXCLAMATION "$(NO_SUCH_FILE)"
    Abort
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
  ${If} $Credentials != ""
    StrCpy $1 '$1 --credentials "$Credentials"'
  ${EndIf}
  ${If} $Topic != ""
    StrCpy $1 '$1 --topic "$Topic"'
  ${EndIf}
  ${If} $1 == ""
    Return ; the first start writes an ini and greets the user
  ${EndIf}
  nsExec::ExecToStack /OEM '"$INSTDIR\teamtactics-cli.exe" configure$1'
  Pop $0
  Pop $2
  ${If} $0 != 0
    SetErrorLevel ${EXIT_CREDENTIALS}
    MessageBox MB_ICONEXCLAMATION "$(NOT_CONFIGURED)$\r$\n$\r$\n$2" /SD IDOK
  ${EndIf}
FunctionEnd

Function un.onInit
  StrCpy $DeleteData 0
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETEDATA" $1
  ${IfNot} ${Errors}
    StrCpy $DeleteData 1
  ${EndIf}
FunctionEnd

Function un.DataPage
  !insertmacro MUI_HEADER_TEXT "$(DATA_TITLE)" "$(DATA_SUBTITLE)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateCheckbox} 0 0 100% 20u "$(DELETE_DATA)"
  Pop $DeleteBox
  nsDialogs::Show
FunctionEnd

Function un.DataLeave
  ${NSD_GetState} $DeleteBox $DeleteData
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
    RMDir /r "$APPDATA\teamtactics"
    RMDir /r "$LOCALAPPDATA\teamtactics"
  ${EndIf}
SectionEnd
