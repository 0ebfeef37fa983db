#!/usr/bin/env bash
# Sets up a team's Google project for teamtactics, and a key for each member; for Google's Cloud Shell (shell.cloud.google.com).
#
#     bash google_project.sh ada ben chris          the project, its database and topic, a team file for each of the three
#     bash google_project.sh --reader strategy      the same, and account, subscription and key of a program that reads along
#     bash google_project.sh --withdraw ben         end ben's access, nobody else's
#
# Options: --project ID (asked for otherwise), --topic NAME (teamtactics), --no-topic, --location PLACE (eur3).
# What is there already is left as it is, so it can be started again after a mistake, or for a new member.
set -euo pipefail
umask 077

project='' topic=teamtactics location=eur3 reader='' withdrawn='' new_project=''
members=() made=()
label=made-by-teamtactics
prefix=teamtactics

say() { printf '%s\n' "$*"; }
die() { printf '\nStopped: %s\n' "$*" >&2; exit 1; }

# Every call names the project: what is set as default in this shell plays no part.
google() { gcloud "$@" --project "$project" --quiet; }

# A new project, account or right is not known everywhere at once (some minutes, says Google): try again as long as it is that.
patiently() {
    local answer wait
    for wait in 5 10 20 30 60 60 60 60 60 0; do
        if answer=$(google "$@" 2>&1 >/dev/null); then return 0; fi
        case $answer in
            *'does not exist'* | *'not found'* | *NOT_FOUND* | *'has not been used'* | *SERVICE_DISABLED* | *concurrent* | *ABORTED*) ;;
            *PERMISSION_DENIED*) [ -n "$new_project" ] || break ;;
            *) break ;;
        esac
        [ "$wait" = 0 ] || { say "  … not known everywhere yet, trying again in $wait s"; sleep "$wait"; }
    done
    printf '%s\n' "$answer" >&2
    case $answer in
        *isableServiceAccountKeyCreation* | *'Key creation is not allowed'*)
            die "an organisation forbids key files here: see \"When keys are forbidden\" in the admin's guide, then start this again." ;;
        *[Bb]illing*)
            die "this needs billing for the project: in the console, Billing, Link a billing account; then start this again. (Or, when it is the topic, and no strategy program listens: add --no-topic.)" ;;
    esac
    die "gcloud $1 $2 $3 failed, see above."
}

read_words() {
    while [ $# -gt 0 ]; do
        case $1 in
            --project | --topic | --location | --reader | --withdraw)
                [ $# -gt 1 ] || die "$1 needs a value."
                case $1 in
                    --project) project=$2 ;;
                    --topic) topic=$2 ;;
                    --location) location=$2 ;;
                    --reader) reader=$2 ;;
                    --withdraw) withdrawn=$2 ;;
                esac
                shift 2
                ;;
            --no-topic) topic=''; shift ;;
            -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
            -*) die "there is no option $1." ;;
            *) members+=("$1"); shift ;;
        esac
    done
}

check_words() {
    local name
    command -v gcloud >/dev/null || die "gcloud is not here: use https://shell.cloud.google.com, or install the Google Cloud CLI."
    [ "${#members[@]}" -gt 0 ] || [ -n "$reader$withdrawn" ] || die "name the members, e.g.: bash $0 ada ben chris"
    [ -z "$withdrawn" ] || [ "${#members[@]}" = 0 ] || die "--withdraw goes alone."
    if [ -z "$project" ]; then
        say "The project's id: 6 to 30 small letters, digits and -, unique in all of Google, e.g. my-team-endurance-4711"
        read -r -p "Project id: " project || die "no project id."
    fi
    [[ $project =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || die "'$project' is no project id: 6 to 30 small letters, digits and -, a letter first."
    for name in ${members[@]+"${members[@]}"} ${reader:+"$reader"} ${withdrawn:+"$withdrawn"}; do
        [[ $name =~ ^[a-z0-9]([a-z0-9-]{0,16}[a-z0-9])?$ ]] || die "'$name' is no name for an account: up to 18 small letters, digits and -."
    done
    if [ -n "$topic" ]; then
        [[ $topic =~ ^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$ && $topic != goog* ]] || die "'$topic' is no topic: 3 to 255 letters, digits and -, a letter first, not goog…"
    fi
}

make_project() {
    local labels answer
    if labels=$(google projects describe "$project" --format='value(labels)' 2>/dev/null); then
        case $labels in
            *"$label"*) say "Project $project: there." ;;
            *)
                say "Project $project is there already and was not made by this script."
                read -r -p "Put the team's database into it? Type its id once more: " answer || answer=''
                [ "$answer" = "$project" ] || die "nothing was changed."
                ;;
        esac
    else
        say "Project $project: creating it"
        google projects create "$project" --name="$project" --labels="$label=yes" ||
            die "the project was not created. Ids are unique in all of Google and never free again: take another one, e.g. $project-$((RANDOM % 9000 + 1000)). Nothing else was changed."
        new_project=yes
    fi
    say "Services: switching on what is off"
    patiently services enable firestore.googleapis.com iam.googleapis.com ${topic:+pubsub.googleapis.com}
}

make_database() {
    local kind
    if kind=$(google firestore databases describe --database='(default)' --format='value(type,databaseEdition)' 2>/dev/null); then
        case $kind in
            *DATASTORE_MODE* | *ENTERPRISE*) die "the database (default) is of another kind ($kind); teamtactics needs Standard edition, Native mode. Take a project of its own." ;;
        esac
        say "Database (default): there."
    else
        say "Database (default): creating it in $location (that can never be changed)"
        patiently firestore databases create --database='(default)' --location="$location" --type=firestore-native --edition=standard --delete-protection
    fi
    case $(google firestore databases describe --database='(default)' --format='value(freeTier)' 2>/dev/null) in
        False | false) say "  Note: another database of this project has the free tier, so this one costs from the first read on." ;;
    esac
}

make_topic() {
    [ -n "$topic" ] || return 0
    if google pubsub topics describe "$topic" >/dev/null 2>&1; then
        say "Topic $topic: there."
    else
        say "Topic $topic: creating it"
        patiently pubsub topics create "$topic"
    fi
}

address() { printf '%s@%s.iam.gserviceaccount.com' "$prefix-$1" "$project"; }

make_account() {
    local name=$1 disabled
    new_account=''
    if disabled=$(google iam service-accounts describe "$(address "$name")" --format='value(disabled)' 2>/dev/null); then
        [ "$disabled" != True ] || die "$name was withdrawn. To let $name in again: gcloud iam service-accounts enable $(address "$name") --project $project; then start this again."
        say "Account of $name: there."
    else
        say "Account of $name: creating $(address "$name")"
        patiently iam service-accounts create "$prefix-$name" --display-name="teamtactics: $name"
        new_account=yes
    fi
}

grant_on_project() {
    patiently projects add-iam-policy-binding "$project" --member="serviceAccount:$(address "$1")" --role="$2" --condition=None
}

make_key() {
    local name=$1 file="$prefix-$1.json" keys=''
    [ -n "$new_account" ] ||
        keys=$(google iam service-accounts keys list --iam-account="$(address "$name")" --managed-by=user --format='value(name)') ||
        die "the keys of $name cannot be listed, see above."
    if [ -n "$keys" ]; then
        say "Key of $name: there is one, no other is made. (Is the file lost? First --withdraw $name.)"
        return 0
    fi
    # An empty one is what gcloud leaves behind where it made no key.
    [ ! -s "$file" ] || die "the file $file is here, but Google knows no key of $name: it is an old one, delete it."
    say "Key of $name: creating $file"
    patiently iam service-accounts keys create "$file" --iam-account="$(address "$name")"
    made+=("$file")
}

# What the member's teamtactics takes as one file: his key as Google wrote it, the topic, nothing else.
make_team_file() {
    local key="$prefix-$1.json" file="team-$1.json"
    [ -s "$key" ] || return 0
    say "Team file of $1: writing $file"
    {
        printf '{\n"key": '
        cat "$key"
        [ -z "$topic" ] || printf ',\n"topic": "projects/%s/topics/%s"' "$project" "$topic"
        printf '\n}\n'
    } >"$file.new"
    mv "$file.new" "$file"
    made+=("$file")
}

add_member() {
    make_account "$1"
    grant_on_project "$1" roles/datastore.user
    [ -z "$topic" ] || patiently pubsub topics add-iam-policy-binding "$topic" --member="serviceAccount:$(address "$1")" --role=roles/pubsub.publisher
    make_key "$1"
    make_team_file "$1"
}

add_reader() {
    local name=$1 subscription="$prefix-$1" ordered
    make_account "$name"
    grant_on_project "$name" roles/datastore.viewer
    if [ -n "$topic" ]; then
        if ordered=$(google pubsub subscriptions describe "$subscription" --format='value(enableMessageOrdering)' 2>/dev/null); then
            [ "$ordered" = True ] || die "the subscription $subscription has no ordering, and that cannot be changed: delete it in the console, then start this again."
            say "Subscription $subscription: there."
        else
            say "Subscription $subscription: creating it, with ordering"
            patiently pubsub subscriptions create "$subscription" --topic="$topic" --enable-message-ordering --expiration-period=never --message-retention-duration=7d
        fi
        patiently pubsub subscriptions add-iam-policy-binding "$subscription" --member="serviceAccount:$(address "$name")" --role=roles/pubsub.subscriber
    fi
    make_key "$name"
}

withdraw() {
    local name=$1 key keys
    keys=$(google iam service-accounts keys list --iam-account="$(address "$name")" --managed-by=user --format='value(name.basename())') ||
        die "there is no account of $name in $project."
    say "Account of $name: disabling it"
    google iam service-accounts disable "$(address "$name")"
    for key in $keys; do
        say "Key of $name: deleting $key"
        google iam service-accounts keys delete "$key" --iam-account="$(address "$name")"
    done
    say "$name has no access any more. (What was signed in before may go on for some minutes.)"
    say "To let $name in again, with a new key: gcloud iam service-accounts enable $(address "$name") --project $project"
    say "and then: bash $0 --project $project $name"
}

read_words "$@"
check_words
if [ -n "$withdrawn" ]; then
    withdraw "$withdrawn"
    exit 0
fi
make_project
make_database
make_topic
for name in ${members[@]+"${members[@]}"}; do add_member "$name"; done
[ -z "$reader" ] || add_reader "$reader"

say
say "Done. Project $project, topic ${topic:-none}."
for file in ${made[@]+"${made[@]}"}; do say "  $file"; done
[ "${#made[@]}" = 0 ] || say "Download each team-….json (cloudshell download FILE), test it, give it to its member and nobody else, then delete
all these files here. (A $prefix-….json is the key alone, for programs that want nothing else.)
Google may take some minutes until a new key may do everything."
