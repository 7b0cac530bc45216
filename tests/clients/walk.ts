// A learner's way through docs/api.md, and a change of one field by staff: what a client is for.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[]; exit(code: number): never };
declare const console: { log(text: string): void; error(text: string): void };

const [base, learner, teacher, course, lesson] = process.argv.slice(2) as [
  string, string, string, string, string,
];
const as = (token: string) =>
  createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });

type Refusal = { error: components["schemas"]["ErrorBody"] };
type Answer<T> = { data?: { data: T } | undefined; error?: Refusal | undefined };

function told<T>(answer: Answer<T>): T {
  if (answer.data === undefined) {
    const code: components["schemas"]["ErrorCode"] | undefined = answer.error?.error.code;
    throw new Error(`refused: ${code}`);
  }
  return answer.data.data;
}

async function walk(): Promise<void> {
  const me = as(learner);
  const role: components["schemas"]["Role"] = told(await me.GET("/session")).role;
  const courseId = Number(course);
  const lessonId = Number(lesson);
  told(await me.GET("/courses", { params: { query: { q: "film", order: "-title" } } }));
  told(await me.POST("/courses/{courseId}/enroll", { params: { path: { courseId } } }));
  const taken = told(await me.GET("/learning/courses", { params: { query: {} } }));
  told(await me.GET("/learning/courses/{courseId}", { params: { path: { courseId } } }));
  told(await me.GET("/learning/lessons/{lessonId}", { params: { path: { lessonId } } }));
  told(
    await me.PUT("/learning/lessons/{lessonId}/progress", {
      params: { path: { lessonId } },
      body: { watched: [[0, 1]] },
    }),
  );
  const done = told(
    await me.POST("/learning/lessons/{lessonId}/complete", { params: { path: { lessonId } } }),
  );
  const events = told(
    await me.POST("/activity/events", {
      body: {
        events: [
          {
            id: "0196f3a2-7c1e-7b3a-9d55-3f0c8a1e2b47",
            kind: "VIEW",
            courseId,
            occurredAt: new Date().toISOString(),
          },
        ],
      },
    }),
  );
  told(await me.GET("/notifications", { params: { query: { unreadOnly: true } } }));
  told(await me.PATCH("/notifications/read", { body: { all: true } }));

  const staff = as(teacher);
  const before = told(await staff.GET("/courses/{courseId}", { params: { path: { courseId } } }));
  const after = told(
    await staff.PATCH("/courses/{courseId}", {
      params: { path: { courseId } },
      body: { maxEnrollments: 40 },
    }),
  );
  const enrollmentId = taken[0]!.enrollmentId;
  const moved = told(
    await staff.PATCH("/enrollments/{enrollmentId}", {
      params: { path: { enrollmentId } },
      body: { expiresAt: "2090-01-01T00:00:00Z" },
    }),
  );
  const missing = await me.GET("/courses/{courseId}", { params: { path: { courseId: 1e15 } } });
  console.log(
    JSON.stringify({
      role,
      lesson: done.lesson.status,
      accepted: events.accepted,
      kept: before.code === after.code && before.title === after.title,
      seats: after.maxEnrollments,
      enrollment: moved.status,
      missing: missing.error?.error.code,
    }),
  );
}

walk().catch((error: unknown) => {
  console.error(String(error));
  process.exit(1);
});
