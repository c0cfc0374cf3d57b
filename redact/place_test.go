package redact

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

// The secret of each text is the word Xk29vQmZ71.
var placed = []string{
	`https://x.test/y?access_token=Xk29vQmZ71&z=1`,
	`postgres://u:p@Xk29vQmZ71@db/x`,
	`jdbc:oracle:thin:scott/Xk29vQmZ71@//h:1521/x`,
	`DRIVER={ODBC};SERVER=x;UID=u;PWD={Xk29vQmZ71}`,
	`CREATE USER bob IDENTIFIED WITH mysql_native_password BY 'Xk29vQmZ71'`,
	`CREATE USER bob IDENTIFIED BY Xk29vQmZ71`,
	`SET PASSWORD FOR 'bob' = PASSWORD('Xk29vQmZ71')`,
	`CREATE SECRET s (TYPE S3, SECRET 'Xk29vQmZ71Xk29vQmZ71')`,
	`mysql -u root -pXk29vQmZ71 db`,
	`sshpass -p Xk29vQmZ71 ssh x`,
	`docker login -u me -p Xk29vQmZ71`,
	`pg_dump --db-password Xk29vQmZ71 --host x`,
	`curl -s -u me:Xk29vQmZ71 https://x.test`,
	`machine x.test login me password Xk29vQmZ71`,
	`<password>Xk29vQmZ71</password>`,
	`df.write.option("password", "Xk29vQmZ71")`,
	`spark.conf.set("fs.azure.account.key.a.dfs.core.windows.net", "Xk29vQmZ71")`,
	`ConvertTo-SecureString "Xk29vQmZ71" -AsPlainText`,
	`DB_PASS='Xk29vQmZ71' ./run`,
	`{\\\"password\\\": \\\"Xk29vQmZ71\\\"}`,
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, text := range placed {
		if clean, found := Default().Text(text); strings.Contains(clean, "Xk29vQmZ71") || len(found) == 0 {
			t.Errorf("%s\nis still %s", text, clean)
		}
	}
}

func TestFlagInList(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"args":["--password","Xk29v","--host","db"]}`:    `{"args":["--password","[REDACTED:secret-field]","--host","db"]}`,
		`{"args":["--password=Xk29vQ","--token"]}`:         `{"args":["--password=[REDACTED:password]","--token"]}`,
		`{"args":["--max-tokens","4096","--user","jane"]}`: "",
		`{"columns":["password","email"]}`:                 "",
	} {
		if want == "" {
			want = in
		}
		if clean, _ := Default().JSON([]byte(in)); string(clean) != want {
			t.Errorf("%s\nis %s\nnot %s", in, clean, want)
		}
	}
}

// A word that a rule needs besides its keyword is looked for once in a text: one
// of eight times the length takes some eight times as long, not sixty-four. Each is
// timed against the other, since machines differ, and again where they do not agree,
// since one differs from a minute to the next.
func TestHostileTextTakesLinearTime(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"login ", "-u ", "data:\n a: ", "pwd={"} {
		var said string
		for range 10 {
			short, long := workOn(word, 1<<14), workOn(word, 1<<17)
			if long <= 24*short {
				said = ""
				break
			}
			said += fmt.Sprintf("a text of %q took %v, and one of eight times the length %v\n", word, short, long)
		}
		if said != "" {
			t.Error(said)
		}
	}
}

// workOn gives the least of what a text of a word takes to be read.
func workOn(word string, bytes int) time.Duration {
	text := strings.Repeat(word, bytes/len(word))
	least := time.Hour
	for range 3 {
		least = min(least, worktime.Of(func() { Default().Text(text) }))
	}
	return least
}
