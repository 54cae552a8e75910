// The text of `deltapipe --help`.

export const helpText = `Sends prompts to Amazon Bedrock through a Deltapipe service and prints the answers as they arrive.

Usage:
  deltapipe ask "PROMPT" [options]     ask one question
  deltapipe chat [options]             have a conversation; /help lists its commands
  deltapipe cancel KEY [options]       stop an answer that was asked for with --idempotency-key KEY
  deltapipe models [options]           list the service's models
  deltapipe sign [options]             print a signed request as a curl command, or a signed WebSocket URL
  deltapipe proxy [options]            sign and forward the requests of programs that cannot sign
  deltapipe page [options]             show a page that asks questions and shows the lines of the answers as they arrive

  deltapipe ask "Why is the sky blue?"
  git diff | deltapipe ask "Write a commit message for this:"
  deltapipe ask --document report.pdf --max-tokens 300 "What are the risks?"
  deltapipe ask --json "Hi" | jq -r 'select(.type == "metadata").usage'

All commands:
  --url URL          the service's Function URL, or for ask, chat and sign the URL of its WebSocket API, wss://…/v1
                     (default: DELTAPIPE_URL, or else the local stack at http://127.0.0.1:9000/)
  --region NAME      the Region to sign for (default: the one in the URL, or else AWS_REGION)
  --profile NAME     a profile of your AWS configuration (default: AWS_PROFILE)
  --help, -h         show this text
  --version          show the version

ask and chat:
  --model NAME       a model from the service's list (default: the first one)
  --system TEXT      the system prompt
  --messages FILE    the conversation so far: a file that /save wrote, or {"messages": [...]} that ends with an answer
  --max-tokens N     the maximum length of the answer (the service has a default and an upper limit)
  --temperature N    from 0 to 1
  --image FILE       png, jpeg, gif or webp, at most 3.75 MB; can be repeated
  --document FILE    pdf, csv, doc, docx, xls, xlsx, html, txt or md, at most 4.5 MB; can be repeated
                     A request is limited to 6 MB; base64 makes files a third larger.
  --resume           go on with the answer after a lost connection, and stop it on the service at Ctrl-C. The service
                     has to keep answers (answerRetentionMinutes).

ask:
  --json             print the lines of the stream byte for byte instead of the text
  --idempotency-key KEY
                     --resume with a key of your own, such as a UUID. If you run the same command again, even after
                     it was killed, it prints the same answer from its beginning without calling the model again.
  --                 end of the options, for a prompt that begins with a dash
  Standard input is the prompt, or follows the prompt on the command line.

chat:
  /model NAME, /models, /system TEXT, /save FILE, /reset, /help
                     switch to another model; list the models; set the system prompt; save the conversation;
                     forget it; explain the commands
  """                begin and end a text of several lines; a line that ends with a backslash continues in the next one
  //text             send /text. Other lines that begin with / and a word are commands.
                     If the lines come from a file or a pipe, a command or a request that fails ends the chat.

models:
  --json             print the service's JSON instead of a table

sign:
  --data TEXT        the body of the request, or @FILE
  --method NAME      the method (default: POST with --data, otherwise GET)
  --headers          print only the headers, one per line
  With the URL of a WebSocket API, it prints a URL to connect to instead:
  wscat --connect "$(deltapipe sign --url wss://…/v1)"
  The signature is valid for five minutes. The output contains a session token if there is one, but never the
  secret key.

proxy:
  --port N           the port on 127.0.0.1 to listen on; 0 for any free one (default: 9100)
  --ipv6             listen on ::1 as well
  --require-token    demand the header x-deltapipe-token from every program, not only from browsers
  --quiet            do not print a line for each request
  Any program on this machine can then call the service at http://127.0.0.1:9100/ without a signature. A signature
  that a request already has is replaced. Requests from web pages are rejected, unless the page comes from this address
  and sends the token that is printed at the start. Ctrl-C stops the proxy.

page:
  --websocket-url URL
                     the service's WebSocket API, wss://…/v1, if it has one
  --appsync-url URL  the service's GraphQL API, https://…/graphql, if it has one
                     With these, the page can ask through each API at once, and show all answers on one time axis.
  --port N           the port on 127.0.0.1 to listen on; 0 for any free one (default: 9101)
  --quiet            do not print a line for each request
  Prints the address to open, which contains a token. Without the token, the page's requests are rejected. This program
  signs the requests, as the proxy does, so your secret key never leaves it. Ctrl-C stops it.

Output: the text of the answer goes to standard output. Reasoning (dimmed, and only on a terminal), a summary and errors
go to standard error. The summary has the times measured here and, in parentheses, those that the service measured.
NO_COLOR=1 turns colors off.

Credentials, in this order:
  1. --profile, if @aws-sdk/credential-providers is installed
  2. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary credentials, AWS_SESSION_TOKEN
  3. profiles (AWS_PROFILE), SSO, roles, containers and EC2, if @aws-sdk/credential-providers is installed:
     npm install --global deltapipe @aws-sdk/credential-providers
  A request to this machine (http://localhost, 127.0.0.1) goes to the local stack. It is signed for us-east-1 with the
  stack's fixed keys: both the access key id and the secret access key are "local". For npm start -- --bedrock aws, set
  AWS_ACCESS_KEY_ID=local, and set AWS_SECRET_ACCESS_KEY and --region to the values that it prints.

Proxies: HTTPS_PROXY, or else HTTP_PROXY, names the proxy, and NO_PROXY the hosts that do not need it. Lower-case names
have precedence, and empty variables are ignored. Requests to this machine never use a proxy. If the proxy inspects TLS,
set NODE_EXTRA_CA_CERTS to the file with its certificate. Credential providers of the AWS SDK, such as SSO, do not use
the proxy.

Exit codes:
  0  the answer is complete, or the program that reads the output has closed the pipe
  1  there is a bug in this program, or the output cannot be written
  2  the options, a file or the URL cannot be used: change the command
  3  the service or AWS rejected this request: change the request
  4  there are no credentials, or AWS rejected them
  5  the service is busy or cannot be reached: try again later
  6  the service or the model failed
  7  the stream ended with an error line: the answer is incomplete
  8  the connection was lost: the answer is incomplete
  130  Ctrl-C
`;
