// CORS settings of the Function URL: pages of the listed origins may send signed requests.
const { keepsAnswers } = require("./answer-table.cjs");

/**
 * Accepts https origins and, for development, http origins on this machine, such as `http://localhost:5173`. An origin must have
 * the form that browsers send, without a path, a default port or capitals, because the Function URL compares origins as text.
 */
function isOrigin(text) {
  const isAllowed = /^(https:\/\/[\w.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d+)?$/.test(text);
  return isAllowed && URL.canParse(text) && new URL(text).origin === text;
}

function cors(parameters) {
  const { corsOrigins } = parameters;
  if (corsOrigins.length === 0) return null;
  return {
    allowedOrigins: corsOrigins,
    allowedMethods: ["GET", "POST"],
    allowedHeaders: [
      "accept",
      "authorization",
      "content-type",
      ...(keepsAnswers(parameters) ? ["idempotency-key"] : []),
      "last-event-id",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-security-token",
    ],
    // The client compares `date` with its own clock, to explain an error that a wrong clock has caused.
    exposedResponseHeaders: ["date", "retry-after", "x-amzn-errortype", "x-amzn-requestid"],
    maxAge: 3600,
  };
}

module.exports = { isOrigin, cors };
