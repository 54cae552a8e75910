// CORS of the Function URL, for browsers of the listed origins that sign their requests.

/**
 * Only origins on this machine may be unencrypted, for development: `http://localhost:5173`. An origin has the form
 * that
 * browsers send, without a path, a default port or upper case, because the Function URL compares it as text.
 */
function isOrigin(text) {
  const isAllowed = /^(https:\/\/[\w.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d+)?$/.test(text);
  return isAllowed && URL.canParse(text) && new URL(text).origin === text;
}

function cors({ corsOrigins }) {
  if (corsOrigins.length === 0) return null;
  return {
    allowedOrigins: corsOrigins,
    allowedMethods: ["GET", "POST"],
    allowedHeaders: [
      "accept",
      "authorization",
      "content-type",
      "last-event-id",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-security-token",
    ],
    // From `date`, a client learns that its clock is wrong.
    exposedResponseHeaders: ["date", "retry-after", "x-amzn-errortype", "x-amzn-requestid"],
    maxAge: 3600,
  };
}

module.exports = { isOrigin, cors };
