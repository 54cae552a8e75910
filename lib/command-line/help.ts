// What `deltapipe --help` prints.

export const helpText = `Asks Amazon Bedrock through a Deltapipe service, and prints the answer as it arrives.

Usage:
  deltapipe ask "PROMPT" [options]     one question, one answer
  deltapipe chat [options]             a conversation; /help there
  deltapipe sign [options]             a signed request, as a curl line

  deltapipe ask "Why is the sky blue?"
  git diff | deltapipe ask "Write a commit message for this:"
  deltapipe ask --document report.pdf --max-tokens 300 "What are the risks?"
  deltapipe ask --json "Hi" | jq -r 'select(.type == "metadata").usage'

Where to, for all commands:
  --url URL          the service's Function URL (default: DELTAPIPE_URL, else the local stack,
                     http://127.0.0.1:9000/)
  --region NAME      to sign for. A Function URL names it itself; for another host it is AWS_REGION by default

ask and chat:
  --model NAME       a model of the service's list (default: the list's first)
  --system TEXT      the system prompt
  --max-tokens N     the longest answer (default and cap are the service's)
  --temperature N    from 0 to 1
  --image FILE       png, jpeg, gif or webp, at most 3.75 MB; may be repeated
  --document FILE    pdf, csv, doc, docx, xls, xlsx, html, txt or md, at most 4.5 MB; may be repeated
                     A request is 6 MB at most, in which files are a third larger.

ask:
  --json             the lines as they came, byte for byte, instead of the text
  --                 ends the options: for a prompt that begins with a dash
  What comes on standard input is the prompt, or follows the one that is given.

chat:
  /reset, /help      forget the conversation; list the commands
  //text             sends /text: a line whose first word is a slash and a name is a command, and is never sent.
                     Any other command ends a chat whose lines come from a file or a pipe.

sign:
  --data TEXT        the request's body, or @FILE; makes it a POST
  --method NAME      the method (default: POST with --data, else GET)
  --headers          the headers alone, one on each line
  The signature is good for five minutes. The secret key is not in it; a session token is.

  --help, -h         this text
  --version

Output: the answer's text goes to standard output. Reasoning (only on a terminal, dimmed), the summary and errors
go to standard error. Times in the summary are yours, and
beside them the service's own. NO_COLOR=1 turns colours off.

Credentials, the first that are there:
  1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
  2. profiles (AWS_PROFILE), SSO, roles, containers and EC2 through @aws-sdk/credential-providers, where that is
     installed: npm install --global deltapipe @aws-sdk/credential-providers
  Requests to this machine (http://localhost, 127.0.0.1) are for the local stack, and signed as local / local for
  us-east-1, unless AWS_ACCESS_KEY_ID is one of its own: for npm start -- --bedrock aws, set AWS_ACCESS_KEY_ID=local
  and AWS_SECRET_ACCESS_KEY and --region to what it prints.

Proxies, as the environment names them: HTTPS_PROXY, else HTTP_PROXY; NO_PROXY lists hosts that are reached without.
Lower case counts too, and first; an empty variable is none. Requests to this machine never go through a proxy.
Where it inspects TLS, NODE_EXTRA_CA_CERTS names the file of its certificate. The providers of
@aws-sdk/credential-providers, such as SSO, do not use the proxy.

Exit codes:
  0  the answer is whole, or the reader of the output has left
  1  a bug, or the output cannot be written
  2  the options, a file or the URL cannot be used: change the command
  3  the service refuses this request: change it
  4  no credentials, or AWS refuses them
  5  the service is busy or out of reach: try again later
  6  the service or the model failed
  7  the answer ended with an error, half way
  8  the answer was cut: what was printed is not all of it
  130  Ctrl-C
`;
